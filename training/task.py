"""A task: a question about every customer's near future, asked of whom, judged by what, learnt how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.errors import PerennialError
from training.data.labels import Labels, purchase_labels
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import METRICS
from training.learners.target import Target

if TYPE_CHECKING:
    from scoring.release import Spread
    from training.backtest.context import Context, Learned
    from training.learners.model_kinds import Learner

Array = NDArray[np.float64]
Answers = Mapping[str, Array]

ACTIVE = "Customers with an order within active_within days before the cutoff."


class TaskError(PerennialError):
    """A task is unknown, or the shop's data cannot answer it."""


@dataclass(frozen=True)
class Task:
    """A question, stated once for training, review and serving.

    Attributes
    ----------
    name : str                    also the second half of the registered model's name
    question : str                one sentence, as the card states it
    not_for : str                 what the answer must not be used for
    answers : tuple of str        the answers' names; a name that ends in _ begins several
    main_metric : str             what models and challengers are compared by; among the metrics
    metrics : tuple of Metric     every metric reported, in the order they are shown
    learn : callable              context → the model and how it did
    also_better : tuple of str    further metrics in which the gate wants the baselines beaten
    targets : tuple of Target     what its heads learn, the first answer first; empty where `learn` finds out
    main : Target or None         the one whose loss chooses between the kinds of model
    labels : callable             (shop, spine, horizon_days, until, engine=…) → outcomes by name, rows as in the spine
    baselines : callable or None  (context, rows learnt from, rows asked) → simple rule → its answers
    spreads : callable or None    (answers, labels, horizon_days) → the spread of each quantile forecast
    per_customer : bool           the first answer is one number a customer, so that it has percentiles
    eligible : str                about whom it is asked
    horizon_days, active_within_days : int or None    of a question that has its own; None shares the shop's

    Raises
    ------
    TaskError     if its main metric is not among its metrics, or a metric is not in the registry
    """

    name: str
    question: str
    not_for: str
    answers: tuple[str, ...]
    main_metric: str
    metrics: tuple[Metric, ...]
    learn: "Callable[[Context], Learned]"
    also_better: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    main: Target | None = None
    labels: Callable[..., Labels] = purchase_labels
    baselines: "Callable[[Context, Learner, Learner], Mapping[str, Answers]] | None" = None
    spreads: "Callable[[Answers, Answers, int], dict[str, Spread]] | None" = None
    per_customer: bool = True
    eligible: str = ACTIVE
    horizon_days: int | None = None
    active_within_days: int | None = None

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        for name in (self.main_metric, *self.also_better):
            if name not in names:
                raise TaskError(f"task '{self.name}': {name!r} is not among its metrics ({', '.join(names)}). Add it.")
            if not self.metrics[names.index(name)].decides:
                raise TaskError(
                    f"task '{self.name}': {name!r} decides nothing, another answer than the one it judges has the best "
                    "of it. Compare models by one that is least for a mean, as rmse."
                )
        for name in names:
            if name not in METRICS:
                raise TaskError(
                    f"task '{self.name}': metric {name!r} is not in training/evaluation/metrics/registry.py, so nobody "
                    "knows its title or which way is better. Add it there, or take one of a family: binary, amounts."
                )
