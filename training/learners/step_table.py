"""A table of one feature: scores by steps of it, never against its direction. For rules, and part of the next."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from scoring.release import Steps
from training.learners.target import Target

Array = NDArray[np.float64]

_STEPS = 10
_NEWTON_STEPS = 25


def table_of(
    target: Target,
    truth: Array,
    name: str,
    values: Array,
    *,
    rises: bool,
    pseudo: float,
    offset: Array | None = None,
) -> Steps:
    """Fit a table.

    Parameters
    ----------
    truth, values : array (n,)     outcomes, and the feature called `name`, NaN where missing
    rises : bool                   whether the answer rises with the feature, or falls
    pseudo : float                 rows with everyone's mean that each step is shrunk to
    offset : array (n,), optional  what each row's score has besides, known beforehand

    Returns
    -------
    Steps       on the scale of the target's link; a missing value scores as the mean of the steps
    """
    known = ~np.isnan(values)
    edges = np.unique(np.quantile(values[known], np.arange(1, _STEPS) / _STEPS))
    step = np.searchsorted(edges, values[known], side="right")
    offset = np.zeros(len(truth)) if offset is None else offset
    count = np.bincount(step, minlength=len(edges) + 1).astype(np.float64)
    everyone = _means(target, truth, offset, np.zeros(len(truth), dtype=np.intp), np.zeros(1), 0.0)
    level = _means(target, truth[known], offset[known], step, np.full(len(count), everyone[0]), pseudo)
    place = np.arange(len(level))
    level = IsotonicRegression(increasing=rises).fit(place, level, count + pseudo).predict(place)
    scores = _linked(target, level)
    centre = float((scores * count).sum() / max(count.sum(), 1))
    return Steps(name, tuple(edges.tolist()), tuple(scores.tolist()), missing=centre)


def _means(target: Target, truth: Array, offset: Array, step: NDArray[np.intp], usual: Array, pseudo: float) -> Array:
    """Each step's mean outcome at an offset of 0, shrunk to the usual by `pseudo` rows."""
    width = len(usual)
    total = np.bincount(step, weights=truth, minlength=width) + pseudo * usual
    if target.link == "log":
        exposure = np.bincount(step, weights=np.exp(offset), minlength=width) + pseudo
        return np.asarray(total / np.maximum(exposure, 1e-9))
    score = np.zeros(width)
    for _ in range(_NEWTON_STEPS):
        p, usual = expit(score[step] + offset), expit(score)
        gap = total - np.bincount(step, weights=p, minlength=width) - pseudo * usual
        curve = np.bincount(step, weights=p * (1 - p), minlength=width) + pseudo * usual * (1 - usual)
        score = np.clip(score + np.clip(gap / np.maximum(curve, 1e-9), -1, 1), -12, 12)
    return np.asarray(expit(score))


def looked_up(table: Steps, values: Array) -> Array:
    """Every value's score; as scoring.scorer looks them up."""
    scores = np.append(table.values, table.missing)
    step = np.searchsorted(table.edges, values, side="right")
    return np.asarray(np.where(np.isnan(values), table.missing, scores[np.minimum(step, len(table.values))]))


def moved(table: Steps, centre: float, weight: float = 1.0) -> Steps:
    """weight × (table − centre)."""
    values = tuple(weight * (value - centre) for value in table.values)
    return Steps(table.feature, table.edges, values, missing=weight * (table.missing - centre))


def _linked(target: Target, level: Array) -> Array:
    if target.link == "logit":
        p = np.clip(level, 1e-4, 1 - 1e-4)
        return np.log(p / (1 - p))
    return np.log(np.maximum(level, 1e-6))
