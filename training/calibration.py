"""Affine calibration of a head's score, fitted on cutoffs its model has not seen.

Affine on the scale of the link, so that effects still add up; shrunk towards no change, so that a few
hundred rows do not overturn a model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]

_STEPS = 50
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Affine:
    """calibrated score = intercept + slope × score."""

    intercept: float = 0.0
    slope: float = 1.0


def calibrated(
    truth: Array, score: Array, link: str, *, intercept_spread: float = 0.5, slope_spread: float = 0.2
) -> Affine:
    """The affine map under which scores fit outcomes best.

    Parameters
    ----------
    truth : array (n,)             outcomes: 0 or 1 for the link "logit", amounts ≥ 0 for "log"
    score : array (n,)             out of fold, before the inverse link
    intercept_spread, slope_spread : float
        standard deviations of what is believed beforehand: intercept near 0, slope near 1

    Returns
    -------
    Affine       slope above 0; no change where there are no rows or, for amounts, no outcome above 0
    """
    if len(truth) == 0 or (link == "log" and truth.sum() <= 0):
        return Affine()
    centre = float(score.mean())
    design = np.stack([np.ones_like(score), score - centre], axis=1)
    believed = np.array([centre, 1.0])
    stiff = np.diag([intercept_spread**-2, slope_spread**-2])
    # amounts are put on the scale of counts, so that a currency's size does not outweigh the belief
    unit = 1.0 if link == "logit" else _dispersion(truth, np.exp(score))
    theta = believed.copy()
    for _ in range(_STEPS):
        mean, curve = _moments(design @ theta, link)
        gradient = design.T @ (truth - mean) / unit - stiff @ (theta - believed)
        step = np.linalg.solve((design * curve[:, None]).T @ design / unit + stiff, gradient)
        theta = theta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _TOLERANCE:
            break
    slope = max(float(theta[1]), 0.05)
    return Affine(float(theta[0]) - slope * centre, slope)


def _moments(linear: Array, link: str) -> tuple[Array, Array]:
    if link == "logit":
        p = expit(linear)
        return p, p * (1 - p)
    mean = np.exp(np.clip(linear, -30, 30))
    return mean, mean


def _dispersion(truth: Array, mean: Array) -> float:
    """Variance ÷ mean around the uncalibrated forecast: 1 for counts of independent events."""
    return max(float(np.sum((truth - mean) ** 2) / np.sum(mean)), 1e-12)
