"""Learners of effects that differ from customer to customer: T, X, doubly robust, and in proportion to the level.

Each ends as a weighted sum of boosters an arm, so all are kept, checked and served alike.

Source: Künzel, Sekhon, Bickel & Yu (2019), Metalearners for estimating heterogeneous treatment effects; Kennedy (2023),
Towards optimal doubly robust estimation of heterogeneous causal effects.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from training.learners.uplift.mean import mean_and_error
from training.learners.uplift.trees import grow
from training.learners.uplift.trial import (
    ArmResponse,
    Array,
    Matrix,
    Trial,
    expected,
    folds_of,
    responses,
    robust_scores,
)

_NUISANCE_FOLDS = 2
_CLEAR = 5.0  # standard errors that a level lies above 0, before a share of it is told


@dataclass(frozen=True)
class LearnedEffects:
    """Effects of every arm but the control.

    Attributes
    ----------
    kind : t, x, dr or level
    terms : an arm each, weights and what they weigh
    """

    kind: str
    terms: tuple[tuple[tuple[float, ArmResponse], ...], ...]

    def effects(self, inputs: Matrix) -> Array:
        """What each arm but the control changes, (n, k − 1)."""
        return np.stack([sum(weight * part(inputs) for weight, part in arm) for arm in self.terms], axis=1)


def t_learner(trial: Trial, threads: int) -> LearnedEffects:
    """The difference of two models of the outcome."""
    control, *others = responses(trial, threads)
    return LearnedEffects("t", tuple(((1.0, one), (-1.0, control)) for one in others))


def x_learner(trial: Trial, threads: int) -> LearnedEffects:
    """Models of each row's own effect, imputed from the other arm, weighed by how often the arm was dealt."""
    told = responses(trial, threads)
    terms = []
    for arm in range(1, trial.arms):
        could = trial.possible[:, arm - 1]
        mine, control = trial.action == arm, (trial.action == 0) & could
        dealt = trial.propensity[could][:, [arm, 0]].mean(axis=0)
        share = dealt[0] / dealt.sum()
        gained = trial.outcome[mine] - told[0](trial.inputs[mine])
        missed = told[arm](trial.inputs[control]) - trial.outcome[control]
        treated = _predicting(grow(trial.inputs[mine], gained, threads))
        untreated = _predicting(grow(trial.inputs[control], missed, threads))
        terms.append(((1.0 - float(share), treated), (float(share), untreated)))
    return LearnedEffects("x", tuple(terms))


def dr_learner(trial: Trial, threads: int) -> LearnedEffects:
    """A model of doubly robust scores: right where either propensities or outcome models are."""
    scores = robust_scores(trial, expected(trial, folds_of(trial.groups, _NUISANCE_FOLDS, seed=7), threads))
    gains, could = scores[:, 1:] - scores[:, :1], trial.possible
    grown = (grow(trial.inputs[could[:, i]], gains[could[:, i], i], threads) for i in range(trial.arms - 1))
    return LearnedEffects("dr", tuple(((1.0, _predicting(booster)),) for booster in grown))


def level_learner(trial: Trial, threads: int) -> LearnedEffects:
    """Each arm changes what is expected without it by the same share: one figure an arm, so that few rows will do.

    What moves an order's probability moves most where there was most to move; noise hides anything finer. Where the
    level is not clearly above 0, a share of it means nothing: then all are told the same.
    """
    scores = robust_scores(trial, expected(trial, folds_of(trial.groups, _NUISANCE_FOLDS, seed=7), threads))
    control = responses(trial, threads)[0]
    terms = []
    for arm in range(1, trial.arms):
        could = trial.possible[:, arm - 1]
        level, error = mean_and_error(scores[could, 0], trial.groups[could])
        gained = float((scores[could, arm] - scores[could, 0]).mean())
        clear = level > _CLEAR * error
        terms.append(((gained / level, control),) if clear else ((1.0, ArmResponse(None, gained)),))
    return LearnedEffects("level", tuple(terms))


LEARNERS: Mapping[str, Callable[[Trial, int], LearnedEffects]] = {
    "dr": dr_learner,
    "x": x_learner,
    "t": t_learner,
    "level": level_learner,
}


def _predicting(booster: lgb.Booster) -> ArmResponse:
    return ArmResponse(booster, 0.0)
