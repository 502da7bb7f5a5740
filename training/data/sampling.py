"""Which rows a model learns from where a shop has more than it needs, and what leaving the others out costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.engine import Engine
from features.identity.resolve import forget
from features.shop import Shop
from features.spine import Spine, ordered

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


def active_sample(
    shop: Shop, cutoffs: Iterable[datetime], within_days: int, *, engine: Engine, most_rows: int = MOST_ROWS
) -> Thinned:
    """The customers active at each cutoff, of about `most_rows` rows at most.

    The engine counts before anything is fetched: what is left out is never held here.
    """
    cutoffs = sorted(set(cutoffs))
    asked = engine.keep(ordered(shop, cutoffs, within_days, engine))
    counted = engine.arrow(asked.group_by("cutoff").aggregate(rows=asked.count()).order_by("cutoff"))
    counts = dict(zip(counted["cutoff"].to_pylist(), counted["rows"].to_pylist(), strict=True))
    kept, every, share = left_after(counts, most_rows)
    rows = asked
    if share < 1.0:
        customers = engine.arrow(asked.select("customer_id").distinct())["customer_id"].combine_chunks().sort()
        drawn = pa.array(np.random.default_rng(0).random(len(customers)) < share)
        rows = rows.semi_join(engine.table(pa.table({"customer_id": customers.filter(drawn)})), "customer_id")
    if every > 1:
        rows = rows.semi_join(engine.table(pa.table({"cutoff": pa.array(kept, pa.timestamp("us"))})), "cutoff")
    taken = Thinned(Spine.from_rows(engine.arrow(rows)), sum(counts.values()), every, share)
    engine.drop(asked)
    if kept != cutoffs:
        forget(shop, cutoffs, engine)
    return taken


def left_after(counts: Mapping[datetime, int], most_rows: int) -> tuple[list[datetime], int, float]:
    """Which cutoffs stay, one in how many that is, and which share of their customers.

    Parameters
    ----------
    counts : cutoff → rows
    """
    rows, cutoffs = sum(counts.values()), sorted(counts)
    every = min(-(-rows // most_rows), max(1, len(cutoffs) // _FEWEST_CUTOFFS)) if rows > most_rows else 1
    kept = cutoffs[::-1][::every][::-1]
    return kept, every, min(1.0, most_rows / max(1, sum(counts[one] for one in kept)))


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
