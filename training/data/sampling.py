"""Which rows a model learns from where a shop has more than it needs, and what leaving the others out costs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spine import Spine

MOST_ROWS = 150_000  # more cutoffs of the same customers add little but time
_FEWEST_CUTOFFS = 12
MEANS = ("churn", "days", "spend")  # labels whose means are told with what sampling adds to their error


@dataclass(frozen=True)
class Sample:
    """Which part of the rows there are was taken.

    Attributes
    ----------
    rows : there are, at all cutoffs
    every : of the cutoffs every second, third … back from the last was kept; 1 where all were
    share : of the customers at those, drawn by lot, each with all of their rows; 1.0 where all were
    errors : label → what the draw adds to the standard error of its mean over the rows
    """

    rows: int
    every: int
    share: float
    errors: Mapping[str, float]


@dataclass(frozen=True)
class Thinned:
    """A spine that training can hold.

    Attributes
    ----------
    rows : there were
    every, share : as in Sample
    """

    spine: Spine
    rows: int
    every: int = 1
    share: float = 1.0

    def sample(self, labels: Mapping[str, NDArray[np.float64]]) -> Sample | None:
        """What was taken, with what it costs in the means of these labels of its rows; None where all rows were."""
        if len(self.spine) == self.rows:
            return None
        customers = self.spine.rows["customer_id"].combine_chunks()
        errors = {name: added_error(customers, labels[name], self.share) for name in MEANS if name in labels}
        return Sample(self.rows, self.every, self.share, errors)


def thinned(spine: Spine, most_rows: int = MOST_ROWS) -> Thinned:
    """A spine of at most about `most_rows`: every second, third … cutoff back from the last, then fewer customers."""
    if len(spine) <= most_rows:
        return Thinned(spine, len(spine))
    step = -(-len(spine) // most_rows)
    step = min(step, max(1, len(spine.cutoffs) // _FEWEST_CUTOFFS))
    kept = spine.cutoffs[::-1][::step]
    moments = spine.rows["cutoff"].to_numpy()
    rows = spine.rows.filter(pa.array(np.isin(moments, np.array(kept, dtype=moments.dtype))))
    share = min(1.0, most_rows / rows.num_rows)
    if share < 1.0:
        drawn = np.random.default_rng(0).random(len(spine.customers)) < share
        rows = rows.filter(pc.is_in(rows["customer_id"], spine.customers.filter(pa.array(drawn))))
    return Thinned(Spine.from_rows(rows), len(spine), step, share)


def added_error(customers: pa.Array, values: NDArray[np.float64], share: float) -> float:
    """What a draw of whole customers adds to the standard error of a mean over their rows, beside taking everybody.

    Parameters
    ----------
    customers : whose row it is, (n,)
    values : one a row, (n,)
    share : of the customers, (0, 1], that were drawn

    Returns
    -------
    float, ≥ 0      0 where all were drawn; missing where fewer than two customers were

    Source
    ------
    Cochran (1977), "Sampling techniques", 2.11 and 6.3: a ratio of totals over clusters, drawn without replacement
    """
    if share >= 1.0:
        return 0.0
    whose = pc.dictionary_encode(customers).indices.to_numpy()
    size = np.bincount(whose)
    if len(size) < 2:
        return float("nan")
    residual = np.bincount(whose, weights=values) - values.mean() * size
    return float(np.sqrt((1 - share) * residual.var(ddof=1) / len(size)) / size.mean())
