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

from training.evaluation.choices.policy_value import Choices, choices
from training.learners.uplift.evidence import Evidence, evidence_of
from training.learners.uplift.learners import LEARNERS, LEVEL, LearnedEffects, learnable
from training.learners.uplift.mean import MeanEffect, mean_and_error, mean_effects
from training.learners.uplift.trial import Array, Matrix, Trial, expected, folds_of, robust_scores

Names = NDArray[np.str_]
OUTER, INNER = 3, 2
NONE, MEAN, VARIES = "no effect", "mean effect", "effects that differ"
_ALPHA = 0.03  # the binomial's: with it at most 10 of 200 call an effect with a probability of .96, with .04 of .82
_FIFTHS = 5
_SHARES = (0.1, 0.3, 0.5, 1.0)  # of all rows, that learners are compared at
_STEADY = 1.0  # standard errors by which treating by the learner must beat treating all alike
_PROPORTION = 0.5  # how far from 1 the slope of effects on the level usually lies: messages mostly work in proportion
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
    level : effects in proportion to the level, which speak where nothing was proven
    means, ranks : an arm each
    outer : (n, k − 1, 3)   effect, low and high told for the trial's own rows by models that did not see them
    single : (n,)           the best single arm, likewise
    told, scores : (n, k)   expected outcomes and doubly robust scores, likewise
    evidence : figures behind the verdict
    """

    verdict: str
    learned: LearnedEffects
    level: LearnedEffects
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
    found = evidence_of(trial, told)
    outer = _outer(trial, folds, found, threads)
    means = tuple(mean_effects(found.gains, trial.groups, found.weights))
    evidence = _figures(trial, found, outer, means)
    verdict, learnt = _verdict(evidence, means, outer)
    kind = LEVEL if learnt is outer.level else chosen_kind(trial, threads)
    learnt = outer.level if kind == LEVEL else learnt
    slopes = _proportion(learnt, found, trial.groups) if kind == LEVEL else _slopes(learnt, found)
    ranks = tuple(_ranks(learnt[:, i], found, i, means[i], slopes[i], trial.groups) for i in range(trial.arms - 1))
    if verdict == VARIES:
        told_outer = np.stack([_placed(learnt[:, i], means[i], ranks[i]) for i in range(trial.arms - 1)], axis=1)
    else:
        told_outer = _alike(means, verdict, len(trial))
        told_outer[:, :, 0] = outer.flat * (verdict == MEAN)
    known = learnable(trial, threads)
    level = LEARNERS[LEVEL](known, threads)
    learned = level if kind == LEVEL else LEARNERS[kind](known, threads)
    single = choices(trial.among(outer.flat), trial.cost) if verdict != NONE else np.zeros(len(trial), dtype=np.int64)
    scores = robust_scores(trial, told)
    return UpliftModel(verdict, learned, level, means, ranks, told_outer, single, told, scores, evidence)


@dataclass(frozen=True)
class _Outer:
    """Effects told for each row by what did not see its fold, (n, k − 1): by the learner that inner folds chose, in
    proportion to the level, and the same for all."""

    chosen: Array
    level: Array
    flat: Array


def chosen_kind(trial: Trial, threads: int) -> str:
    """The learner whose choices are worth most on inner folds, after costs.

    It has to be worth a standard error more than telling all in proportion to the level: that one cannot learn noise.
    """
    folds = folds_of(trial.groups, INNER, seed=1)
    found = evidence_of(trial, expected(trial, folds, threads))
    worth = {kind: np.empty(len(trial)) for kind in LEARNERS}
    for fold in range(INNER):
        here = folds == fold
        known, asked = learnable(trial.take(~here), threads), trial.take(here)
        net = found.gains[here] - trial.cost[1:]
        for kind, learner in LEARNERS.items():
            told = asked.among(learner(known, threads).effects(asked.inputs) - trial.cost[1:])
            worth[kind][here] = _by_share(told, net)
    best = max(LEARNERS, key=lambda kind: float(worth[kind] @ found.shared))
    more, error = mean_and_error(worth[best] - worth[LEVEL], trial.groups, found.shared)
    return best if more > error else LEVEL


def _by_share(told: Array, net: Array) -> Array:
    """What each row adds to the gain of treating whom it is told to be worth it, from the best few to all of them.

    A budget pays for some: whom it is spent on matters also where everybody would gain.
    """
    rows, best = np.arange(len(told)), told.argmax(axis=1)
    place = np.argsort(np.argsort(-told[rows, best], kind="stable"), kind="stable") / len(told)
    times = np.mean([place < share for share in _SHARES], axis=0)
    return np.asarray(np.where(told[rows, best] > 0, times * net[rows, best], 0.0))


def _outer(trial: Trial, folds: Choices, found: Evidence, threads: int) -> _Outer:
    told = _Outer(*(np.empty_like(found.gains) for _ in range(3)))
    for fold in range(OUTER):
        here, rest = folds == fold, trial.take(folds != fold)
        known = learnable(rest, threads)
        for into, kind in ((told.chosen, chosen_kind(rest, threads)), (told.level, LEVEL)):
            into[here] = LEARNERS[kind](known, threads).effects(trial.inputs[here])
        told.flat[here] = [one.shrunk for one in mean_effects(found.gains[~here], rest.groups, found.weights[~here])]
    return told


def _figures(trial: Trial, found: Evidence, outer: _Outer, means: tuple[MeanEffect, ...]) -> dict[str, float]:
    gains, net = found.gains, found.gains - trial.cost[1:]
    treating = _gained(gains, choices(trial.among(outer.chosen), np.zeros_like(trial.cost)))
    choosing = _gained(net, choices(trial.among(outer.chosen), trial.cost)) - _gained(
        net, choices(trial.among(outer.flat), trial.cost)
    )
    ranking, level = (_first_half(trial, gains, one) for one in (outer.chosen, outer.level))
    figures = {f"p_mean_{name}": one.pvalue for name, one in zip(trial.names[1:], means, strict=True)}
    for name, values in (("treating", treating), ("choosing", choosing), ("ranking", ranking), ("level", level)):
        mean, error = mean_and_error(values, trial.groups, found.shared)
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


def _verdict(evidence: dict[str, float], means: tuple[MeanEffect, ...], outer: _Outer) -> tuple[str, Array]:
    """The verdict, and the effects it rests on.

    Where an effect was found, that it is in proportion to the level is taken for granted unless the rows speak against
    it: that is how messages work more often than not, and it is one figure. Anything finer has to be seen.
    """
    smallest = min(one.pvalue for one in means) * len(means)
    called = smallest < _ALPHA / 2 or _standard(evidence, "treating") > norm.isf(_ALPHA / 2)
    if not called:
        return NONE, outer.level
    if _standard(evidence, "choosing") > _STEADY or _standard(evidence, "ranking") > _RANKING:
        return VARIES, outer.chosen
    return (VARIES if _standard(evidence, "level") > -_STEADY else MEAN), outer.level


def _standard(evidence: dict[str, float], name: str) -> float:
    error = evidence[f"error_{name}"]
    return evidence[f"gain_{name}"] / error if error > 0 else 0.0


def _gained(gains: Array, chosen: Choices) -> Array:
    with_none = np.hstack([np.zeros((len(gains), 1)), gains])
    return np.asarray(with_none[np.arange(len(gains)), chosen])


def _slopes(learnt: Array, found: Evidence) -> Array:
    """How spread out each arm's effects proved to be beside what was learnt, 0 to 1."""
    spread = _spread(learnt, found)
    shown, most = ((found.weights * spread * other).sum(axis=0) for other in (found.gains, spread))
    return np.asarray(np.clip(shown / np.maximum(most, 1e-12), 0.0, 1.0))


def _proportion(learnt: Array, found: Evidence, whose: Names) -> Array:
    """The same of shares of the level, one for all arms: they are right or wrong for all alike, so that all tell.

    What rows show is noise more often than not, and a level that speaks of nobody throws away who buys. So what they
    show and that effects are in proportion, 1, count by the inverse of their variances.
    """
    spread = _spread(learnt, found)
    most = float((found.weights * spread**2).sum())
    if most <= 0:
        return np.ones(learnt.shape[1])
    shown = float((found.weights * spread * found.gains).sum()) / most
    beside = (found.weights * spread * (found.gains - shown * spread)).sum(axis=1)
    _, group = np.unique(whose, return_inverse=True)
    variance = float((np.bincount(group, weights=beside) ** 2).sum()) / most**2
    told = (shown * _PROPORTION**2 + variance) / (_PROPORTION**2 + variance)
    return np.full(learnt.shape[1], np.clip(told, 0.0, 1.0))


def _spread(learnt: Array, found: Evidence) -> Array:
    centres = (found.weights * learnt).sum(axis=0) / found.weights.sum(axis=0)
    return np.where(found.weights > 0, learnt - centres, 0.0)


def _ranks(told: Array, found: Evidence, place: int, mean: MeanEffect, slope: float, whose: Names) -> Ranks:
    """Place learnt effects: as spread out as they proved to be, around the mean that was measured."""
    could = found.weights[:, place] > 0
    gained, weights, groups = found.gains[could, place], found.weights[could, place], whose[could]
    centre = float(np.average(told[could], weights=weights))
    placed = mean.measured + slope * (told[could] - centre)
    edges = np.quantile(placed, np.arange(1, _FIFTHS) / _FIFTHS)
    fifth = np.searchsorted(edges, placed, side="right")
    means = [mean_and_error(gained[fifth == i], groups[fifth == i], weights[fifth == i]) if (fifth == i).sum() > 1
             else (mean.measured, mean.error) for i in range(_FIFTHS)]  # fmt: skip
    low, high = (np.array([one + side * 1.96 * error for one, error in means]) for side in (-1, 1))
    return Ranks(centre, float(slope), edges, low, high)


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
