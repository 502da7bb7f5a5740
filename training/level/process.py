"""How a level moves from week to week, and what follows for the weeks ahead.

The level's logarithm is a Gaussian process: a constant, a drift over a year, swings over weeks, and what comes again
every year: on the same days, and around feasts that move. How large each is, the shop's own past says: habits are
weighed by how likely they make it. Where little was seen nothing but the constant and what was last seen remain, with
their uncertainty.

Source: Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", ch. 5.4 (sums of kernels for a season).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from features.feasts import from_feasts
from scoring.level import Habit

Array = NDArray[np.float64]

_CONSTANT = 0.5  # standard deviation of the level itself around what customers' pasts say
_YEAR = 365.25
_DRIFTS = {0.03: 0.65, 0.1: 0.28, 0.25: 0.07}  # each with how likely it is before anything was seen
_SWINGS = {0.03: 0.5, 0.1: 0.3, 0.25: 0.15, 0.5: 0.05}
_SWING_DAYS = {14.0: 0.4, 28.0: 0.35, 70.0: 0.25}
_SEASONS = {(0.0, 1.0): 0.3, **{(size, smooth): 0.7 / 6 for size in (0.15, 0.4, 0.9) for smooth in (0.25, 0.7)}}
_FOLLOWS = {0.0: 0.5, 1.0: 0.5}
_FEASTS = {0.0: 0.6, 0.3: 0.25, 0.8: 0.15}
_FELT_DAYS, _FELT_ALIKE_DAYS = 30.0, 8.0  # to either side of a feast, and over which one of them is like the next
_KEPT = 12  # habits


@dataclass(frozen=True)
class Series:
    """Weeks that tell a level.

    Attributes
    ----------
    day, log_level : array (w,)    middle of the week, and its level's logarithm
    noise : array (w,)             variance of each log-level by chance alone
    taken : array (w,)             logarithm of how much more the past promised when read by the calendar
    feasts : tuple                 the moveable feasts of the shop's country
    """

    day: Array
    log_level: Array
    noise: Array
    taken: Array
    feasts: tuple[tuple[int, ...], ...] = ()

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
    apart = _Apart.of(series, series.day, series.day)
    found = [one for one in _prior(seasonal, bool(series.feasts)) if not (shut and one.follows)]
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


def _prior(seasonal: bool, feasts: bool) -> Iterator[Habit]:
    moveable = _FEASTS if seasonal and feasts else {0.0: 1.0}
    parts = product(_DRIFTS.items(), _SWINGS.items(), _SWING_DAYS.items(), _SEASONS.items(), _FOLLOWS.items())
    for (drift, p), (swing, q), (days, r), ((season, smooth), s), (follows, t) in parts:
        if seasonal or season == 0.0:
            for feast, u in moveable.items():
                yield Habit(drift, swing, days, season, smooth, p * q * r * s * t * u, follows, feast)


@dataclass
class _Apart:
    """How weeks are apart: by days, and how far they share each part of a level, 1 where they share all of it."""

    gap: Array
    feasts: Array
    swings: dict[float, Array] = field(default_factory=dict)
    seasons: dict[float, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, series: Series, here: Array, there: Array) -> "_Apart":
        one, other = from_feasts(here, series.feasts), from_feasts(there, series.feasts)
        apart = (one[:, None, :] - other[None, :, :]) / _FELT_ALIKE_DAYS
        far = (one[:, None, :] ** 2 + other[None, :, :] ** 2) / _FELT_DAYS**2
        return cls(np.abs(here[:, None] - there[None, :]), np.exp(-0.5 * (apart**2 + far)).sum(axis=2))

    @cached_property
    def drift(self) -> Array:
        return np.asarray(np.exp(-self.gap / _YEAR))

    def swing(self, days: float) -> Array:
        """What has begun to fall falls on."""
        if days not in self.swings:
            self.swings[days] = np.exp(-0.5 * (self.gap / days) ** 2)
        return self.swings[days]

    def season(self, smooth: float) -> Array:
        if smooth not in self.seasons:
            self.seasons[smooth] = np.exp(-2 * np.sin(np.pi * self.gap / _YEAR) ** 2 / smooth**2)
        return self.seasons[smooth]


def _kernel(apart: _Apart, habit: Habit) -> Array:
    found = _CONSTANT**2 + habit.drift**2 * apart.drift + habit.swing**2 * apart.swing(habit.swing_days)
    if habit.season:
        found = found + habit.season**2 * apart.season(habit.smooth)
    return found + habit.feast**2 * apart.feasts if habit.feast else found


def _log_likelihood(kernel: Array, log_level: Array, noise: Array) -> float:
    factor = cho_factor(kernel + np.diag(noise), lower=True)
    return float(-0.5 * log_level @ cho_solve(factor, log_level) - np.log(np.diag(factor[0])).sum())


def _window(series: Series, habit: Habit, ahead: Array) -> tuple[float, float]:
    """Mean and variance for one habit; the mean's logarithm is taken as linear in the weeks' around their forecast."""
    day = series.day
    factor = cho_factor(_kernel(_Apart.of(series, day, day), habit) + np.diag(series.noise), lower=True)
    across = _kernel(_Apart.of(series, ahead, day), habit)
    level = across @ cho_solve(factor, series.left_by(habit))
    scatter = _kernel(_Apart.of(series, ahead, ahead), habit) - across @ cho_solve(factor, across.T)
    share = np.exp(level - level.max())
    share /= share.sum()
    return float(np.log(np.exp(level).mean())), max(float(share @ scatter @ share), 0.0)
