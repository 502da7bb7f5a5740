"""A table of one feature: scores by steps of it, never against its direction. For rules, and part of the next."""

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from scoring.release import Steps
from training.learners.target import Target

Array = NDArray[np.float64]

_STEPS = 10


def table_of(target: Target, truth: Array, name: str, values: Array, *, rises: bool, pseudo: float) -> Steps:
    """Fit a table.

    Parameters
    ----------
    truth, values : array (n,)     outcomes, and the feature called `name`, NaN where missing
    rises : bool                   whether the answer rises with the feature, or falls
    pseudo : float                 rows with everyone's mean that each step leans on

    Returns
    -------
    Steps       on the scale of the target's link; a missing value scores as the mean of the steps
    """
    known = ~np.isnan(values)
    mean = float(truth.mean())
    edges = np.unique(np.quantile(values[known], np.arange(1, _STEPS) / _STEPS))
    step = np.searchsorted(edges, values[known], side="right")
    count = np.bincount(step, minlength=len(edges) + 1).astype(np.float64)
    total = np.bincount(step, weights=truth[known], minlength=len(edges) + 1)
    level = (total + pseudo * mean) / (count + pseudo)
    place = np.arange(len(level))
    level = IsotonicRegression(increasing=rises).fit(place, level, count + pseudo).predict(place)
    scores = _linked(target, level)
    centre = float((scores * count).sum() / max(count.sum(), 1))
    return Steps(name, tuple(edges.tolist()), tuple(scores.tolist()), missing=centre)


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
