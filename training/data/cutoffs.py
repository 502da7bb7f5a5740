"""When a model is asked to look: weekly training cutoffs, and the folds of the rolling-origin backtest."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from features.clocks import add_days, midnight, midnights
from training.data.stretches import Stretch
from training.task import TaskError

WEEK = 7
MOST_FOLDS = 5
_WANTED_FOLDS = 4  # the lead gives way to as many
FEWEST_TO_TRAIN = 3  # cutoffs a fold is trained on, where there are as many


@dataclass(frozen=True)
class FoldPlan:
    """A test cutoff and the training cutoffs whose outcomes were over by then."""

    cutoff: datetime
    training: tuple[datetime, ...]


@dataclass(frozen=True)
class CutoffPlan:
    """Cutoffs of a fit: all it trains on, and the folds it is judged by, oldest first."""

    training: tuple[datetime, ...]
    folds: tuple[FoldPlan, ...]
    gap_days: int
    horizon_days: int

    def before(self, cutoff: datetime) -> tuple[datetime, ...]:
        """Training cutoffs whose outcomes were known at `cutoff`."""
        return tuple(one for one in self.training if add_days(one, self.gap_days) <= cutoff)

    def overlap(self, training: Collection[datetime]) -> float:
        """How many rows of a customer at these cutoffs share one outcome, ≥ 1."""
        moments = sorted(training)
        if len(moments) < 2:
            return 1.0
        apart = (moments[-1] - moments[0]).total_seconds() / 86_400 / (len(moments) - 1)
        return float(np.clip(self.horizon_days / apart, 1.0, len(moments)))

    def outside(self, stretches: Collection[Stretch]) -> "CutoffPlan":
        """The plan without cutoffs that lie in a stretch without orders, where another is left."""
        kept = [one for one in self.training if not any(stretch.holds(one) for stretch in stretches)]
        return self.among(kept) if kept else self

    def among(self, cutoffs: Collection[datetime]) -> "CutoffPlan":
        """The plan without cutoffs at which nobody is asked, or which were thinned out."""
        kept = set(cutoffs)
        folds = [
            FoldPlan(fold.cutoff, training)
            for fold in self.folds
            if fold.cutoff in kept and (training := tuple(one for one in fold.training if one in kept))
        ]
        return CutoffPlan(
            tuple(one for one in self.training if one in kept), tuple(folds), self.gap_days, self.horizon_days
        )


def plan(
    first: datetime, until: datetime, horizon_days: int, active_within_days: int, *, lag_days: int = 0
) -> CutoffPlan:
    """Lay out weekly cutoffs up to one horizon (and the usual arrival lag) before `until`.

    The first cutoff leaves customers time to show a rhythm: active_within and one horizon, or less where that would
    leave too little for four folds, but no less than a horizon and a third of the history.

    Parameters
    ----------
    first : datetime       the oldest order's moment
    until : datetime       nothing known on or after it is seen

    Raises
    ------
    TaskError   if the history is shorter than two horizons and the lag
    """
    gap = horizon_days + lag_days
    start, last = midnight(first), add_days(until, -gap)
    learnable = (last - start).days
    if learnable < horizon_days:
        days = (until - start).days
        fitting = (days - lag_days) // 2
        raise TaskError(
            f"history from {start:%Y-%m-%d} to {until:%Y-%m-%d} is {days} day{'s' * (days != 1)}, but a horizon of "
            f"{horizon_days} day{'s' * (horizon_days != 1)} needs {horizon_days + gap}. "
            + (f"Shorten the horizon to {fitting}d, or wait for more data." if fitting else "Wait for more data.")
        )
    shortest = max(horizon_days, learnable // 3)
    longest = learnable - (_WANTED_FOLDS - 1) * _apart(horizon_days) - gap - FEWEST_TO_TRAIN * WEEK
    lead = min(active_within_days + horizon_days, max(shortest, longest))
    training = tuple(midnights(add_days(start, min(lead, learnable)), last, WEEK))
    whole = CutoffPlan(training, (), gap, horizon_days)
    return replace(whole, folds=_folds(whole, horizon_days))


def _apart(horizon_days: int) -> int:
    """Days between folds: the horizon in whole weeks."""
    return WEEK * max(1, round(horizon_days / WEEK))


def _folds(whole: CutoffPlan, horizon_days: int) -> tuple[FoldPlan, ...]:
    folds: list[FoldPlan] = []
    step = _apart(horizon_days) // WEEK
    for cutoff in whole.training[::-1][::step][:MOST_FOLDS]:
        training = whole.before(cutoff)
        if len(training) >= (FEWEST_TO_TRAIN if folds else 1):
            folds.append(FoldPlan(cutoff, training))
    return tuple(reversed(folds))
