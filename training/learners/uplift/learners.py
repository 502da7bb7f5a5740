"""Learners of effects that differ from customer to customer: T, X, doubly robust, and in proportion to the level.

Each ends as a weighted sum of boosters an arm, so all are kept, checked and served alike.

Source: Künzel, Sekhon, Bickel & Yu (2019), Metalearners for estimating heterogeneous treatment effects; Kennedy (2023),
Towards optimal doubly robust estimation of heterogeneous causal effects.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from training.learners.uplift.evidence import Evidence, evidence_of
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
)

LEVEL = "level"
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


@dataclass(frozen=True)
class Learnable:
    """A trial, and what every learner begins with, found once.

    Attributes
    ----------
    told : an arm each, models of the outcome
    found : what each row says of each arm's effect
    """

    trial: Trial
    told: list[ArmResponse]
    found: Evidence


def learnable(trial: Trial, threads: int) -> Learnable:
    """Find what every learner begins with."""
    folds = folds_of(trial.groups, _NUISANCE_FOLDS, seed=7)
    return Learnable(trial, responses(trial, threads), evidence_of(trial, expected(trial, folds, threads)))


def t_learner(known: Learnable, threads: int) -> LearnedEffects:
    """The difference of two models of the outcome."""
    control, *others = known.told
    return LearnedEffects("t", tuple(((1.0, one), (-1.0, control)) for one in others))


def x_learner(known: Learnable, threads: int) -> LearnedEffects:
    """Models of each row's own effect, imputed from the other arm, weighed by how often the arm was dealt."""
    trial, told, terms = known.trial, known.told, []
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


def dr_learner(known: Learnable, threads: int) -> LearnedEffects:
    """A model of doubly robust scores: right where either propensities or outcome models are."""
    arms = (_boosted(known.trial, gains, weights, threads) for gains, weights in _arms(known.found))
    return LearnedEffects("dr", tuple(((1.0, one),) for one in arms))


def level_learner(known: Learnable, threads: int) -> LearnedEffects:
    """Each arm changes what is expected without it by the same share: one figure an arm, so that few rows will do.

    What moves an order's probability moves most where there was most to move; noise hides anything finer. Where the
    level is not clearly above 0, a share of it means nothing: then all are told the same.
    """
    terms = []
    for gains, weights in _arms(known.found):
        could = weights > 0
        level, error = mean_and_error(known.found.levels[could, 0], known.trial.groups[could], weights[could])
        gained = float(np.average(gains[could], weights=weights[could]))
        clear = level > _CLEAR * error
        terms.append(((gained / level, known.told[0]),) if clear else ((1.0, ArmResponse(None, gained)),))
    return LearnedEffects(LEVEL, tuple(terms))


LEARNERS: Mapping[str, Callable[[Learnable, int], LearnedEffects]] = {
    "dr": dr_learner,
    "x": x_learner,
    "t": t_learner,
    LEVEL: level_learner,
}


def learn(kind: str, trial: Trial, threads: int) -> LearnedEffects:
    """Effects as one of LEARNERS tells them."""
    return LEARNERS[kind](learnable(trial, threads), threads)


def _arms(found: Evidence) -> Iterator[tuple[Array, Array]]:
    return zip(found.gains.T, found.weights.T, strict=True)


def _boosted(trial: Trial, gains: Array, weights: Array, threads: int) -> ArmResponse:
    could = weights > 0
    counted = weights[could] / weights[could].mean()
    return _predicting(grow(trial.inputs[could], gains[could], threads, counted))


def _predicting(booster: lgb.Booster) -> ArmResponse:
    return ArmResponse(booster, 0.0)
