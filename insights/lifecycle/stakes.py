"""What is at stake with those who fall silent: what they spent, and how much of it such people spent again before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from decisions.stages import STAGES
from features.clocks import add_days
from insights.known import Known, Period
from insights.lifecycle.stages import StageTable
from insights.small_groups import SMALLEST

YEAR = 365
SHORTEST = 60  # days below which a stretch says nothing of what comes back
_THROWS = 400


@dataclass(frozen=True)
class Stake:
    """A stage's people and their money.

    Attributes
    ----------
    stage : str
    people : int
    days : int                  length of the stretch that is looked back on, and ahead
    spent : float               net sales to them in the days before the cutoff
    kept : float or None        of those who stood there that many days earlier: what they spent since, as a share of
                                what they had spent before. None where they were fewer than twenty, or history is short
    missing : float or None     spent × (1 − kept): what will be missing in the days ahead, if it goes as it went
    missing_low, missing_high : float or None       95 %, over chance in who came back
    top_share : float or None   of `spent`, by the fifth of the people who spent most; None where nothing was, or
                                where a fifth are under twenty people
    """

    stage: str
    people: int
    days: int
    spent: float
    kept: float | None
    missing: float | None
    missing_low: float | None
    missing_high: float | None
    top_share: float | None


def stretch(known: Known) -> int:
    """How many days are looked back on: a year, or half the history where it is shorter than two."""
    return min(YEAR, (known.at - known.first).days // 2)


def stakes(
    known: Known, standing: StageTable, days: int, stages: Sequence[str] = ("at_risk", "dormant")
) -> list[Stake]:
    """What is at stake with the people of each stage.

    Parameters
    ----------
    standing : StageTable       at the cutoff, and at `days` before it where history reaches there
    """
    now, earlier = known.at, add_days(known.at, -days)
    lately = _spent(known, standing.customers, Period(earlier, now))
    before = _spent(known, standing.customers, Period(add_days(earlier, -days), earlier))
    found = []
    for stage in stages:
        here = _in(standing, stage, now)
        spent = float(lately[here].sum())
        then = _in(standing, stage, earlier) if days >= SHORTEST else np.zeros(len(lately), dtype=bool)
        kept, low, high = _kept(before[then], lately[then])
        missing, missing_low, missing_high = (
            None if share is None else spent * (1.0 - share) for share in (kept, high, low)
        )
        top = _top_share(lately[here])
        found.append(Stake(stage, int(here.sum()), days, spent, kept, missing, missing_low, missing_high, top))
    return found


def _in(standing: StageTable, stage: str, cutoff: datetime) -> NDArray[np.bool_]:
    if cutoff not in standing.cutoffs:
        return np.zeros(len(standing.customers), dtype=bool)
    code = STAGES.index(stage)
    return np.asarray(standing.codes[standing.cutoffs.index(cutoff)] == code)


def _spent(known: Known, customers: pa.Array, period: Period) -> NDArray[np.float64]:
    """Net sales to each person in a period, in the order of `customers`."""
    rows = known.rows("orders")
    rows = rows.filter(period.holds(rows) & rows.customer_id.notnull())
    sums = known.engine.arrow(rows.group_by("customer_id").aggregate(spent=rows.amount.cast("float64").sum()))
    place = pc.index_in(customers, sums["customer_id"].combine_chunks())
    return np.asarray(pc.fill_null(sums["spent"].combine_chunks().take(place), 0.0), dtype=np.float64)


def _kept(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """Money after as a share of money before, at most all of it, with a 95 % interval over people drawn anew."""
    if len(before) < SMALLEST or before.sum() <= 0:
        return None, None, None
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(before), np.full(len(before), 1 / len(before)), _THROWS).astype(np.float64)
    shares = np.clip(drawn @ after / np.maximum(drawn @ before, 1e-9), 0.0, 1.0)
    share = float(np.clip(after.sum() / before.sum(), 0.0, 1.0))
    return share, float(np.quantile(shares, 0.025)), float(np.quantile(shares, 0.975))


def _top_share(spent: NDArray[np.float64]) -> float | None:
    """Of all the money, what the fifth who spent most spent."""
    whole, top = float(spent.sum()), len(spent) // 5
    return float(np.sort(spent)[::-1][:top].sum()) / whole if whole > 0 and top >= SMALLEST else None
