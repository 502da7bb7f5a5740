"""What every task's fit shares: the question, the rows, and how a model is put together and scored."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.engine import Engine
from features.progress import Progress, silent
from features.shop import Shop
from scoring.release import Head, Model, Spread, booster_of
from scoring.scorer import Scorer, linear_score, model_inputs
from training.data.cutoffs import CutoffPlan, FoldPlan
from training.data.dataset import Dataset
from training.evaluation.figures import Drawn
from training.evaluation.folds import Evaluation
from training.learners.calibration import Affine
from training.learners.model_kinds import Heads, Levels
from training.level.periods import Periods
from training.task import Task

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Seconds:
    """Where a run's time went: step → seconds, steps of one name added up."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time what happens inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.steps[step] = self.steps.get(step, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class Context:
    """One fit: what is asked, and all rows there are to learn from.

    Attributes
    ----------
    data_from : datetime      the oldest order
    pace : dict       stem → the column that measures it over about active_within days
    pace_days : int   how many days those columns look back
    trusted : tuple of str     columns someone vouched for, though one alone tells the outcome
    yearly_spend : str     the column of what a customer spent in the last year
    boosting : dict        settings of boosting other than the default's, which tuning found
    periods : Periods or None     the level of any period, as known at any moment; None leaves levels alone
    beside : dict          (task, cutoff of a fold) → its baselines' answers, as far as they were fitted
    drawn : dict           baseline → its figures on every resample of the folds, as far as they were asked for
    grown : dict           cutoff → label → what broad boosting learnt of the rows before it, for all tasks
    """

    task: Task
    shop: Shop
    until: datetime
    horizon_days: int
    active_within_days: int
    plan: CutoffPlan
    data_from: datetime
    engine: Engine
    data: Dataset
    labels: Mapping[str, Array]
    pace: Mapping[str, str]
    pace_days: int
    yearly_spend: str
    threads: int = 1
    progress: Progress = silent
    trusted: tuple[str, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)
    boosting: Mapping[str, float] = field(default_factory=dict)
    periods: Periods | None = None
    beside: dict[tuple[str, datetime], Mapping[str, Mapping[str, Array]]] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)
    grown: dict[datetime, dict[str, tuple[Head, str]]] = field(default_factory=dict)

    @property
    def history_days(self) -> int:
        """Days of history before the first training cutoff."""
        return (self.plan.training[0] - self.data_from).days

    def training_rows(self, fold: FoldPlan | None) -> Mask:
        """Rows a fold's model learns from; all rows for the model that is kept."""
        return self.data.at(*fold.training) if fold else np.ones(len(self.data.spine), dtype=bool)

    def overlap(self, fold: FoldPlan | None) -> float:
        """How many of those rows share one outcome, ≥ 1."""
        return self.plan.overlap(fold.training if fold else self.plan.training)

    def levels(self, fold: FoldPlan | None, answers: Collection[str]) -> Levels:
        """What the level of each training row's horizon, over by then, adds to an answer's score."""
        if self.periods is None:
            return Levels()
        standing = self.periods.at(fold.cutoff if fold else self.until)
        rows = self.training_rows(fold)
        moments = self.data.spine.rows["cutoff"].to_numpy()[rows]
        weights = {answer: standing.weights(answer) for answer in answers}
        offsets = {answer: np.zeros(len(moments)) for answer in answers}
        for moment in np.unique(moments):
            level = standing.seen(moment.astype("datetime64[s]").item())
            for answer, own in weights.items():
                offsets[answer][moments == moment] = level.shift(own)
        return Levels(weights, offsets)

    def labels_at(self, rows: Mask, seen_until: datetime | None = None) -> dict[str, Array]:
        """Labels of some rows, the next order cut off at what was known by `seen_until`."""
        found = {name: values[rows] for name, values in self.labels.items()}
        if seen_until is not None and "watched" in found:
            cutoffs = self.data.spine.rows["cutoff"].to_numpy()[rows]
            since = (np.datetime64(seen_until) - cutoffs) / np.timedelta64(1, "D")
            found["watched"] = np.minimum(found["watched"], since)
        return found


@dataclass(frozen=True)
class FoldFit:
    """One kind of model fitted for one fold, or for good.

    Attributes
    ----------
    data : Dataset        narrowed to the inputs of its kind
    model : Model         not yet calibrated
    scores : dict         head → its score on the fold's own rows; empty for the model that is kept
    """

    data: Dataset
    heads: Heads
    model: Model
    scores: Mapping[str, Array]


@dataclass(frozen=True)
class Learned:
    """What learning a task yields: the model, its boosters' texts, and the evidence."""

    model: Model
    boosters: Mapping[str, str]
    evaluation: Evaluation


def model_of(context: Context, model_kind: str, data: Dataset, heads: Heads, at: datetime) -> Model:
    """An uncalibrated model that scores with the parameters and the level known at `at`, boosters loaded."""
    standing = context.periods.at(at) if context.periods else None
    return Model(
        task=context.task.name,
        shop=context.shop.name,
        model_kind=model_kind,
        horizon_days=context.horizon_days,
        active_within_days=context.active_within_days,
        until=f"{at:%Y-%m-%d}",
        data_from=f"{context.data_from:%Y-%m-%d}",
        cutoffs=tuple(f"{cutoff:%Y-%m-%d}" for cutoff in context.plan.before(at)),
        features=data.references,
        derived=data.derived,
        parameters=dict(data.parameters.get(at, {})),
        level=standing.ahead if standing else None,
        habits=dict(standing.habits) if standing else {},
        lag_days=context.periods.lag_days if context.periods else 0,
        heads=heads.heads,
        boosters={name: booster_of(text, len(data.names)) for name, text in heads.boosters.items()},
    )


def calibrated_model(model: Model, calibration: Mapping[str, Affine], spreads: Mapping[str, Spread]) -> Model:
    """The model with its heads calibrated and its quantiles added."""
    heads = tuple(_calibrated(head, calibration.get(head.name, Affine())) for head in model.heads)
    return replace(model, heads=heads, spreads=dict(spreads))


def uncalibrated(context: Context, model: Model, data: Dataset, rows: Mask) -> dict[str, Array]:
    """Every head's score by its own affine map and level, as serving computes it from the built columns."""
    inputs = model_inputs(model, data.features[rows])
    return {head.name: linear_score(model, head, inputs, context.threads) for head in model.heads}


def answers_of(context: Context, model: Model, data: Dataset, rows: Mask) -> dict[str, Array]:
    """The model's answers for some rows, as serving gives them."""
    return Scorer([model], data.references, threads=context.threads).answers(data.features[rows])


def _calibrated(head: Head, affine: Affine) -> Head:
    """intercept + slope × (the head's own affine map): still affine."""
    intercept = affine.intercept + affine.slope * head.intercept
    level = {series: affine.slope * weight for series, weight in head.level.items()}
    return replace(head, intercept=intercept, slope=affine.slope * head.slope, level=level)
