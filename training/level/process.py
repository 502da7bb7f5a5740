"""How a level moves from week to week, and what follows for the weeks ahead.

The level's logarithm is a Gaussian process: a constant, a drift over a year, swings over weeks, and what comes again
every year. How large each is, the shop's own past says: habits are weighed by how likely they make it. Where little was
seen nothing but the constant and what was last seen remain, with their uncertainty.

Source: Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", ch. 5.4 (sums of kernels for a season).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from scoring.level import Habit

Array = NDArray[np.float64]

_CONSTANT = 0.5  # standard deviation of the level itself around what customers' pasts say
_YEAR = 365.25
_DRIFTS = {0.03: 0.65, 0.1: 0.28, 0.25: 0.07}  # each with how likely it is before anything was seen
_SWINGS = {0.03: 0.5, 0.1: 0.3, 0.25: 0.15, 0.5: 0.05}
_SWING_DAYS = {14.0: 0.4, 28.0: 0.35, 70.0: 0.25}
_SEASONS = {(0.0, 1.0): 0.3, **{(size, smooth): 0.7 / 6 for size in (0.15, 0.4, 0.9) for smooth in (0.25, 0.7)}}
_FOLLOWS = {0.0: 0.5, 1.0: 0.5}
_KEPT = 12  # habits


@dataclass(frozen=True)
class Series:
    """Weeks that tell a level.

    Attributes
    ----------
    day, log_level : array (w,)    middle of the week, and its level's logarithm
    noise : array (w,)             variance of each log-level by chance alone
    taken : array (w,)             logarithm of how much more the past promised when read by the calendar
    """

    day: Array
    log_level: Array
    noise: Array
    taken: Array

    def left_by(self, habit: Habit) -> Array:
        """What a habit has to explain."""
        return self.log_level - habit.follows * self.taken


def habits_of(series: Series, *, seasonal: bool, shut: bool = False) -> tuple[Habit, ...]:
    """The likeliest habits of a series.

    Parameters
    ----------
    seasonal : bool    whether a year and a horizon were seen: less cannot tell a season from a swing
    shut : bool        whether the shop is closed for a part of every year: by the calendar everybody looks gone when it
                       opens, so that what moves is not the level beside what pasts promise by the calendar
    """
    apart = series.day[:, None] - series.day[None, :]
    found = [one for one in _prior(seasonal) if not (shut and one.follows)]
    fits = (_log_likelihood(_kernel(apart, one), series.left_by(one), series.noise) for one in found)
    logs = np.array([fit + np.log(one.weight) for fit, one in zip(fits, found, strict=True)])
    best = np.argsort(-logs, kind="stable")[:_KEPT]
    weight = np.exp(logs[best] - logs[best[0]])
    weight /= weight.sum()
    return tuple(replace(found[i], weight=float(share)) for i, share in zip(best, weight, strict=True) if share > 1e-3)


def forecast(series: Series, habits: Sequence[Habit], ahead: Array, taken: float) -> tuple[float, float]:
    """Logarithm of the mean level over the days `ahead` beside what is taken of it, and its standard deviation."""
    total = sum(one.weight for one in habits)
    windows = ((one, *_window(series, one, ahead)) for one in habits)
    parts = [(one.weight / total, log - (1 - one.follows) * taken, own) for one, log, own in windows]
    mean = sum(weight * log for weight, log, _ in parts)
    variance = sum(weight * (own + (log - mean) ** 2) for weight, log, own in parts)
    return float(mean), float(np.sqrt(variance))


def _prior(seasonal: bool) -> Iterator[Habit]:
    parts = (_DRIFTS.items(), _SWINGS.items(), _SWING_DAYS.items(), _SEASONS.items(), _FOLLOWS.items())
    for (drift, p), (swing, q), (days, r), ((season, smooth), s), (follows, t) in product(*parts):
        if seasonal or season == 0.0:
            yield Habit(drift, swing, days, season, smooth, p * q * r * s * t, follows)


def _kernel(apart: Array, habit: Habit) -> Array:
    gap = np.abs(apart)
    swing = habit.swing**2 * np.exp(-0.5 * (gap / habit.swing_days) ** 2)  # what has begun to fall falls on
    found = _CONSTANT**2 + habit.drift**2 * np.exp(-gap / _YEAR) + swing
    if habit.season:
        found = found + habit.season**2 * np.exp(-2 * np.sin(np.pi * gap / _YEAR) ** 2 / habit.smooth**2)
    return np.asarray(found)


def _log_likelihood(kernel: Array, log_level: Array, noise: Array) -> float:
    factor = cho_factor(kernel + np.diag(noise), lower=True)
    return float(-0.5 * log_level @ cho_solve(factor, log_level) - np.log(np.diag(factor[0])).sum())


def _window(series: Series, habit: Habit, ahead: Array) -> tuple[float, float]:
    """Mean and variance for one habit; the mean's logarithm is taken as linear in the weeks' around their forecast."""
    day = series.day
    factor = cho_factor(_kernel(day[:, None] - day[None, :], habit) + np.diag(series.noise), lower=True)
    across = _kernel(ahead[:, None] - day[None, :], habit)
    level = across @ cho_solve(factor, series.left_by(habit))
    scatter = _kernel(ahead[:, None] - ahead[None, :], habit) - across @ cho_solve(factor, across.T)
    share = np.exp(level - level.max())
    share /= share.sum()
    return float(np.log(np.exp(level).mean())), max(float(share @ scatter @ share), 0.0)
