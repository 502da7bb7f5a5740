"""Which learner the data support: chosen on inner folds, judged on outer ones, and held to what they can show.

Where no effect stands out of the noise the answer is "no effect"; where one does but is not seen to differ between
customers, it is the mean. Of 200 trials without any effect at most one in twenty shall call one, and that 95 times in
100: each may with a chance of .03, half of it for the mean effects (Holm over the actions), half for the gain of
treating by the learner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from training.evaluation.policy_value import Choices, choices
from training.learners.uplift.learners import LEARNERS, LearnedEffects
from training.learners.uplift.mean import MeanEffect, mean_and_error, mean_effects
from training.learners.uplift.trial import Array, Matrix, Trial, expected, folds_of, robust_scores

Names = NDArray[np.str_]
OUTER, INNER = 3, 2
NONE, MEAN, VARIES = "no effect", "mean effect", "effects that differ"
_ALPHA = 0.03  # the binomial's: with it at most 10 of 200 call an effect with a probability of .96, with .04 of .82
_FIFTHS = 5
_STEADY = 1.0  # standard errors by which treating by the learner must beat treating all alike
_RANKING = 1.96  # standard errors by which the half it puts first must gain more, where treating all is worth it


@dataclass(frozen=True)
class Ranks:
    """How an action's learnt effects are placed, by what rows that were not learnt from gained.

    Attributes
    ----------
    centre, slope : float       of learnt effects → told ones
    edges : (4,)                between the fifths of told effects
    low, high : (5,)            95 % interval of each fifth's mean effect
    """

    centre: float
    slope: float
    edges: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class UpliftModel:
    """What each arm but the control changes, and how that is known.

    Attributes
    ----------
    verdict : NONE, MEAN or VARIES
    learned : the learner in use where effects differ
    means, ranks : an arm each
    outer : (n, k − 1, 3)   effect, low and high told for the trial's own rows by models that did not see them
    single : (n,)           the best single arm, likewise
    told, scores : (n, k)   expected outcomes and doubly robust scores, likewise
    evidence : figures behind the verdict
    """

    verdict: str
    learned: LearnedEffects
    means: tuple[MeanEffect, ...]
    ranks: tuple[Ranks, ...]
    outer: Array
    single: Choices
    told: Array
    scores: Array
    evidence: dict[str, float]

    def predict(self, inputs: Matrix) -> Array:
        """Effect, low and high of each arm but the control, (n, k − 1, 3)."""
        if self.verdict != VARIES:
            return _alike(self.means, self.verdict, len(inputs))
        learnt = self.learned.effects(inputs)
        pairs = enumerate(zip(self.means, self.ranks, strict=True))
        return np.stack([_placed(learnt[:, i], mean, ranks) for i, (mean, ranks) in pairs], axis=1)


def fit(trial: Trial, threads: int = 1) -> UpliftModel:
    """Learn effects from a trial that was checked."""
    folds = folds_of(trial.groups, OUTER)
    told = expected(trial, folds, threads)
    scores = robust_scores(trial, told)
    gains = scores[:, 1:] - scores[:, :1]
    learnt, flat = _outer(trial, folds, gains, threads)
    means = tuple(mean_effects(gains, trial.groups, trial.possible))
    ranks = tuple(
        _ranks(learnt[could, i], gains[could, i], means[i], trial.groups[could])
        for i, could in enumerate(trial.possible.T)
    )
    outer = np.stack([_placed(learnt[:, i], means[i], ranks[i]) for i in range(gains.shape[1])], axis=1)
    evidence = _evidence(trial, gains, learnt, flat, means)
    verdict = _verdict(evidence, means)
    if verdict != VARIES:
        outer = _alike(means, verdict, len(trial))
        outer[:, :, 0] = flat * (verdict == MEAN)
    learned = LEARNERS[chosen_kind(trial, threads)](trial, threads)
    single = choices(trial.among(flat), trial.cost) if verdict != NONE else np.zeros(len(trial), dtype=np.int64)
    return UpliftModel(verdict, learned, means, ranks, outer, single, told, scores, evidence)


def chosen_kind(trial: Trial, threads: int) -> str:
    """The learner whose choices are worth most on inner folds, after costs."""
    folds = folds_of(trial.groups, INNER, seed=1)
    scores = robust_scores(trial, expected(trial, folds, threads)) - trial.cost
    worth = dict.fromkeys(LEARNERS, 0.0)
    for fold in range(INNER):
        here = np.flatnonzero(folds == fold)
        rest = trial.take(folds != fold)
        for kind, learner in LEARNERS.items():
            asked = trial.take(here)
            chosen = choices(asked.among(learner(rest, threads).effects(asked.inputs)), trial.cost)
            worth[kind] += float(scores[here, chosen].sum())
    return max(worth, key=worth.__getitem__)


def _outer(trial: Trial, folds: Choices, gains: Array, threads: int) -> tuple[Array, Array]:
    """Effects told for each row by learners, and by means, that did not see its fold."""
    learnt, flat = np.empty_like(gains), np.empty_like(gains)
    for fold in range(OUTER):
        here, rest = folds == fold, trial.take(folds != fold)
        learnt[here] = LEARNERS[chosen_kind(rest, threads)](rest, threads).effects(trial.inputs[here])
        flat[here] = [one.shrunk for one in mean_effects(gains[~here], rest.groups, rest.possible)]
    return learnt, flat


def _evidence(
    trial: Trial, gains: Array, learnt: Array, flat: Array, means: tuple[MeanEffect, ...]
) -> dict[str, float]:
    free = np.zeros_like(trial.cost)
    by_learner = _gained(gains, choices(trial.among(learnt), free))
    more = _gained(gains - trial.cost[1:], choices(trial.among(learnt), trial.cost)) - _gained(
        gains - trial.cost[1:], choices(trial.among(flat), trial.cost)
    )
    figures = {f"p_mean_{name}": one.pvalue for name, one in zip(trial.names[1:], means, strict=True)}
    for name, values in (("treating", by_learner), ("choosing", more), ("ranking", _first_half(trial, gains, learnt))):
        mean, error = mean_and_error(values, trial.groups)
        figures |= {f"gain_{name}": mean, f"error_{name}": error}
    return figures


def _first_half(trial: Trial, gains: Array, learnt: Array) -> Array:
    """What each row adds to the gain of treating the half that the learner puts first, less half of treating all.

    A budget pays for some: whom it is spent on matters also where everybody would gain.
    """
    worth = trial.among(learnt - trial.cost[1:])
    best = worth.argmax(axis=1)
    rows = np.arange(len(worth))
    gained = np.where(np.isfinite(worth[rows, best]), gains[rows, best], 0.0)
    first = np.argsort(np.argsort(-worth[rows, best], kind="stable"), kind="stable") < len(worth) / 2
    return np.asarray((first - 0.5) * gained)


def _verdict(evidence: dict[str, float], means: tuple[MeanEffect, ...]) -> str:
    smallest = min(one.pvalue for one in means) * len(means)
    treating = _standard(evidence, "treating")
    called = smallest < _ALPHA / 2 or treating > norm.isf(_ALPHA / 2)
    if not called:
        return NONE
    differs = _standard(evidence, "choosing") > _STEADY or _standard(evidence, "ranking") > _RANKING
    return VARIES if differs else MEAN


def _standard(evidence: dict[str, float], name: str) -> float:
    error = evidence[f"error_{name}"]
    return evidence[f"gain_{name}"] / error if error > 0 else 0.0


def _gained(gains: Array, chosen: Choices) -> Array:
    with_none = np.hstack([np.zeros((len(gains), 1)), gains])
    return np.asarray(with_none[np.arange(len(gains)), chosen])


def _ranks(learnt: Array, gained: Array, mean: MeanEffect, groups: Names) -> Ranks:
    """Place learnt effects: as spread out as they proved to be, around the mean that was measured."""
    centre = float(learnt.mean())
    spread = learnt - centre
    slope = float(np.clip((spread * gained).sum() / max((spread**2).sum(), 1e-12), 0.0, 1.0))
    placed = mean.measured + slope * spread
    edges = np.quantile(placed, np.arange(1, _FIFTHS) / _FIFTHS)
    fifth = np.searchsorted(edges, placed, side="right")
    found = [mean_and_error(gained[fifth == i], groups[fifth == i]) if (fifth == i).sum() > 1
             else (mean.measured, mean.error) for i in range(_FIFTHS)]  # fmt: skip
    low, high = (np.array([one + side * 1.96 * error for one, error in found]) for side in (-1, 1))
    return Ranks(centre, slope, edges, low, high)


def _placed(learnt: Array, mean: MeanEffect, ranks: Ranks) -> Array:
    told = mean.measured + ranks.slope * (learnt - ranks.centre)
    fifth = np.searchsorted(ranks.edges, told, side="right")
    low, high = np.minimum(ranks.low[fifth], told), np.maximum(ranks.high[fifth], told)
    return np.stack([told, low, high], axis=1)


def _alike(means: tuple[MeanEffect, ...], verdict: str, n: int) -> Array:
    """The same for all rows: the means, or nothing."""
    told = [(0.0 if verdict == NONE else one.shrunk, one.low, one.high) for one in means]
    around = [(effect, min(low, effect), max(high, effect)) for effect, low, high in told]
    return np.broadcast_to(np.array(around), (n, len(around), 3)).copy()
