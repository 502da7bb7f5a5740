"""Affine calibration of a head's score, fitted on cutoffs its model has not seen.

Affine on the scale of the link, so that effects still add up; shrunk towards no change, so that a few
hundred rows do not overturn a model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]

PERIOD_SPREAD = 0.3  # of .1 to .5 on shops made for development: they differ little, no prior at all is worse
_STEPS = 50
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Affine:
    """calibrated score = intercept + slope × score."""

    intercept: float = 0.0
    slope: float = 1.0


def calibrated(
    truth: Array,
    score: Array,
    link: str,
    *,
    periods: NDArray[np.int_] | None = None,
    intercept_spread: float = 0.5,
    slope_spread: float = 0.2,
    period_spread: float = PERIOD_SPREAD,
) -> Affine:
    """The affine map under which scores fit outcomes best.

    Parameters
    ----------
    truth : array (n,)             outcomes: 0 or 1 for the link "logit", amounts ≥ 0 for "log"
    score : array (n,)             out of fold, before the inverse link
    periods : array (n,), optional
        the cutoff a row is from: what a period has of its own does not last, so that its rows together tell the
        intercept no better than period_spread, however many there are
    intercept_spread, slope_spread : float
        standard deviations of the prior: intercept near 0, slope near 1
    period_spread : float          standard deviation of a period's own shift

    Returns
    -------
    Affine       slope above 0; no change where there are no rows or, for amounts, no outcome above 0
    """
    if len(truth) == 0 or (link == "log" and truth.sum() <= 0):
        return Affine()
    centre = float(score.mean())
    design = np.stack([np.ones_like(score), score - centre], axis=1)
    prior = np.array([centre, 1.0])
    stiff = np.diag([intercept_spread**-2, slope_spread**-2])
    # amounts are put on the scale of counts, so that a currency's size does not outweigh the prior
    unit = 1.0 if link == "logit" else _dispersion(truth, np.exp(score))
    weight = _weights(_moments(score, link)[1] / unit, periods, period_spread)
    theta = prior.copy()
    for _ in range(_STEPS):
        mean, curve = _moments(design @ theta, link)
        gradient = design.T @ (weight * (truth - mean)) / unit - stiff @ (theta - prior)
        step = np.linalg.solve((design * (weight * curve)[:, None]).T @ design / unit + stiff, gradient)
        theta = theta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _TOLERANCE:
            break
    slope = max(float(theta[1]), 0.05)
    return Affine(float(theta[0]) - slope * centre, slope)


def _weights(information: Array, periods: NDArray[np.int_] | None, spread: float) -> Array:
    """What a row counts: a period's information about the intercept, held below that of its own shift."""
    if periods is None:
        return np.ones(len(information))
    _, place = np.unique(periods, return_inverse=True)
    weight: Array = 1 / (1 + np.bincount(place, weights=information)[place] * spread**2)
    return weight


def _moments(linear: Array, link: str) -> tuple[Array, Array]:
    if link == "logit":
        p = expit(linear)
        return p, p * (1 - p)
    mean = np.exp(np.clip(linear, -30, 30))
    return mean, mean


def _dispersion(truth: Array, mean: Array) -> float:
    """Variance ÷ mean around the uncalibrated forecast: 1 for counts of independent events."""
    return max(float(np.sum((truth - mean) ** 2) / np.sum(mean)), 1e-12)
