"""A search for better settings of boosting, within a budget; taken only where the gain exceeds what a seed moves.

Needs the `tune` extra. The rolling-origin folds judge. What is best of many on them looks better than it is, so the
best and the default are compared anew, both over seeds the search has not used.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.backtest.context import Context
from training.backtest.rounds import CHOICES, losses_by_rounds
from training.learners.boosting import LEAF, SETTINGS
from training.learners.model_kinds import GRADIENT_BOOSTING
from training.task import TaskError
from training.tasks.churn_and_purchase import Choices, closed_kinds, trial_of
from training.tasks.tuning_result import SEED, TriedSettings, Tuning

Array = NDArray[np.float64]

SEEDS = (11, 12, 13, 14, 15)
_STARTUP = 5  # trials before one may be given up


def tune(context: Context, minutes: float) -> Tuning:
    """Search for `minutes`: the default under five seeds, then trials, then the best under the same seeds.

    Raises
    ------
    TaskError   if optuna is missing, the budget is not above 0, or the task has no boosting to tune
    """
    optuna, search = _optuna(), _Search(context, 60 * minutes)
    _check(context, minutes)
    search.set_units()
    defaults: list[TriedSettings] = []
    for seed in SEEDS:  # a third of the time at most, for the best will need as much; two are the fewest to compare
        if len(defaults) < 2 or search.left - search.longest > 40 * minutes:
            defaults.append(search.tried({SEED: seed}))
    trials = _trials(optuna, search, keep=len(defaults) * search.longest)
    ended = [one for one in trials if not one.pruned]
    settings = dict(min(ended, key=lambda one: one.loss).settings) if ended else {}
    best = []
    for one in defaults if settings else ():
        if search.left >= search.longest:
            best.append(search.tried({**settings, SEED: one.settings[SEED]}))
    return Tuning(minutes - search.left / 60, tuple(defaults), trials, tuple(best))


@dataclass
class _Search:
    """The folds that judge, and the time there is.

    Attributes
    ----------
    longest : seconds of the longest run so far
    units : answer → the default's loss, so that answers weigh alike
    """

    context: Context
    budget: float
    began: float = field(default_factory=time.monotonic)
    longest: float = 0.0
    choices: Choices = field(default_factory=Choices)
    units: dict[str, float] = field(default_factory=dict)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.budget - (time.monotonic() - self.began)

    def set_units(self) -> None:
        """Let the default, as it stands, be 1."""
        curves = dict.fromkeys(self._answers, np.empty((0, len(CHOICES))))
        start = time.monotonic()
        for place in range(len(self.context.plan.folds)):
            self._extend(curves, place, {})
        self.units = {answer: float(values.mean(axis=0).min()) for answer, values in curves.items()}
        self.longest = time.monotonic() - start

    def tried(
        self, settings: Mapping[str, float], give_up: Callable[[int, float], bool] | None = None
    ) -> TriedSettings:
        """Judge settings fold by fold, until they are given up."""
        curves = dict.fromkeys(self._answers, np.empty((0, len(CHOICES))))
        start, pruned = time.monotonic(), False
        for place in range(len(self.context.plan.folds)):
            self.context.progress("tuning", round(self.budget - self.left), round(self.budget))
            self._extend(curves, place, settings)
            if give_up is not None and give_up(place, float(self._by_fold(curves).mean())):
                pruned = True
                break
        seconds = time.monotonic() - start
        self.longest = max(self.longest, seconds)
        return TriedSettings(dict(settings), tuple(self._by_fold(curves).tolist()), pruned, start - self.began, seconds)

    @property
    def _answers(self) -> list[str]:
        return [target.answer for target in self.context.task.targets]

    def _extend(self, curves: dict[str, Array], place: int, settings: Mapping[str, float]) -> None:
        """Fit a fold with all the trees there may be, and add every answer's loss by their number."""
        targets, fold = self.context.task.targets, self.context.plan.folds[place]
        self.choices.rounds = dict.fromkeys(self._answers, CHOICES[-1])
        context = replace(self.context, boosting=settings)
        trial = trial_of(context, GRADIENT_BOOSTING, targets, fold, self.choices)
        for target in targets:
            curve = losses_by_rounds(context, target, fold, trial)
            curves[target.answer] = np.vstack([curves[target.answer], curve])

    def _by_fold(self, curves: Mapping[str, Array]) -> Array:
        """Loss of each fold at the number of trees that is best over those seen, mean over the answers."""
        each = [values[:, values.mean(axis=0).argmin()] / self.units[answer] for answer, values in curves.items()]
        by_fold: Array = np.mean(each, axis=0)
        return by_fold


def _trials(optuna: Any, search: _Search, keep: float) -> tuple[TriedSettings, ...]:
    """Trials as long as there is time beside what is to be kept."""
    found: list[TriedSettings] = []

    def objective(trial: Any) -> float:
        def give_up(place: int, loss: float) -> bool:
            trial.report(loss, place)
            last = place == len(search.context.plan.folds) - 1
            return not last and (trial.should_prune() or search.left < keep)

        found.append(search.tried(_suggested(trial), give_up))
        if found[-1].pruned:
            raise optuna.TrialPruned
        return found[-1].loss

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_STARTUP),
    )
    while search.left - keep > search.longest:
        study.optimize(objective, n_trials=1)
    return tuple(found)


def _suggested(trial: Any) -> dict[str, float]:
    """Settings to try. Depth ends where reasons would cost a call too much time; the gate measures it again."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.12, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 24),
        "max_depth": trial.suggest_int("max_depth", 2, 5),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.15, 0.8),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 2.0, 100.0, log=True),
        LEAF: trial.suggest_float(LEAF, 0.5, 4.0, log=True),
        SEED: SETTINGS[SEED],
    }


def _check(context: Context, minutes: float) -> None:
    name = context.task.name
    if minutes <= 0:
        raise TaskError(f"--tune {minutes:g} leaves no time to search. Give it minutes, such as --tune 10.")
    if not context.task.targets:
        raise TaskError(
            f"--tune searches for settings of the trees of one model; {name} is not learnt so. Train it without."
        )
    missing = closed_kinds(context).get(GRADIENT_BOOSTING) or ("" if context.plan.folds else "no fold can judge")
    if missing:
        raise TaskError(f"--tune searches for settings of boosting, which is not open to {name}: {missing}.")


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise TaskError(
            "--tune needs optuna, which is not installed. Install it with: pip install 'perennial[tune]'."
        ) from error
    return optuna
