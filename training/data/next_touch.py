"""Which touch comes next: the first one of the horizon after a cutoff, and the steps told apart."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from features.build.outcomes import outcomes
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine
from scoring.derived.touch_chain import NONE, OTHER

Array = NDArray[np.float64]

MOST_STEPS = 8
SMALLEST_SHARE = 0.01  # of the first touches, below which a step is not told apart
_VISIT = "visit"  # begins what is done in it, where all of it has one moment
_DIGITS = 12


def first_touches(
    shop: Shop, spine: Spine, horizon_days: int, until: datetime, *, engine: Engine | None = None
) -> NDArray[np.str_]:
    """The first touch of [cutoff, cutoff + horizon), known before `until`, rows as in the spine.

    Of several in one second a visit goes first, then by name, so that the order of rows changes nothing.

    Returns
    -------
    array (n,), str     "channel:kind", or "none"

    Raises
    ------
    CutoffError     if an outcome window is not over at `until`
    """
    found = outcomes(shop, spine, horizon_days, until, {"first": ("touchpoints", _first)}, engine=engine)
    told = found["first"].to_pylist()
    return np.array([NONE if one is None else one[_DIGITS + 1 :] for one in told], dtype=np.str_)


def steps_of(first: NDArray[np.str_]) -> tuple[str, ...]:
    """The steps that are answers: touches that often came first, most frequent first; "other" and "none"."""
    counts = Counter(one for one in first.tolist() if one != NONE)
    least = SMALLEST_SHARE * counts.total()
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return (*(name for name, count in ranked[:MOST_STEPS] if count >= least), OTHER, NONE)


def as_steps(first: NDArray[np.str_], steps: Sequence[str]) -> Array:
    """1 where a step was taken, else 0; array (n, steps)."""
    place = {name: i for i, name in enumerate(steps)}
    taken = np.array([place.get(one, place[OTHER]) for one in first.tolist()], dtype=np.intp)
    return np.eye(len(steps))[taken]


def _first(rows: ir.Table) -> ir.Scalar:
    """The least of: seconds, whether it is no visit, name – as one text, so that engines agree on ties."""
    seconds = rows.happened_at.truncate("s").epoch_seconds().cast("int64").cast("string").lpad(_DIGITS, "0")
    later = ibis.ifelse(rows.kind == _VISIT, ibis.literal("0"), ibis.literal("1"))
    return (seconds + later + rows.channel + ibis.literal(":") + rows.kind).min()
