"""The level of any period: as observed for those that are over, as forecast for the one ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.engine import Engine
from features.feasts import moveable_feasts
from features.shop import Shop
from scoring.level import CALENDAR, LAST_YEAR, NONE, ORDERS, VALUE, Habit, PeriodLevel
from training.level.process import Series, forecast, habits_of
from training.level.trips import Trips, day_of, trips_before
from training.level.weeks import WEEK, Weeks, weeks_before

Array = NDArray[np.float64]
Feasts = tuple[tuple[int, ...], ...]

_YEAR = 365
_PSEUDO = 5.0  # pseudo-count of orders at the usual level, to which a period that is over is shrunk
_FEWEST_WEEKS = 6
_SPREAD_OF_COUNTS = 1.3  # variance ÷ mean of a week's orders: some customers bring others along
_SPREAD_OF_VALUES = 1.0  # variance of a day's money around the own mean, in squares of it
_OWN = 0.015  # standard deviation a week has of its own
_YOUNG = 0.5  # the same in a history's first week, where everybody looks new; it falls with the weeks that were seen


@dataclass(frozen=True)
class LevelStanding:
    """What is known of the level at one moment.

    Attributes
    ----------
    weeks : Weeks or None      None where the orders tell no level
    habits : dict              series → how it moves
    feasts : tuple             the moveable feasts of the shop's country
    """

    horizon_days: int
    until: int
    weeks: Weeks | None
    habits: Mapping[str, tuple[Habit, ...]]
    feasts: Feasts = ()

    def weights(self, answer: str) -> dict[str, float]:
        """By series, what an answer's score moves by when the level's logarithm rises by one."""
        if self.weeks is None:
            return {}
        response = self.weeks.response
        return {
            "churn_probability": {ORDERS: -response},
            "order_probability": {ORDERS: response},
            "expected_shopping_days": {ORDERS: 1.0},
            "expected_spend": {ORDERS: 1.0, VALUE: 1.0},
        }.get(answer, {})

    def seen(self, cutoff: datetime) -> PeriodLevel:
        """The level of a horizon that was over by then."""
        if self.weeks is None:
            return PeriodLevel(f"{cutoff:%Y-%m-%d}")
        day = day_of(cutoff)
        logs = {
            series: self._over(series, day, day + self.horizon_days) - self._taken(series, day)
            for series in (ORDERS, VALUE)
        }
        return PeriodLevel(f"{cutoff:%Y-%m-%d}", logs=logs)

    @cached_property
    def ahead(self) -> PeriodLevel:
        """The level of the horizon that begins at this moment."""
        cutoff = f"{np.datetime64(self.until, 'D')}"
        if self.weeks is None or not self.habits:
            return PeriodLevel(cutoff)
        middles = self.until + WEEK * np.arange(-(-self.horizon_days // WEEK), dtype=np.float64) + WEEK / 2
        forecasts = {
            series: forecast(_series(self.weeks, series, self.feasts), habits, middles, self._taken(series, self.until))
            for series, habits in self.habits.items()
        }
        return PeriodLevel(
            cutoff,
            _season(self.weeks, self.habits, self.horizon_days),
            {series: log for series, (log, _) in forecasts.items()},
            {series: spread for series, (_, spread) in forecasts.items()},
        )

    def _taken(self, series: str, day: int) -> float:
        """What features at a day already have of the level, having been counted by the calendar."""
        assert self.weeks is not None
        moments = np.append(self.weeks.start, self.weeks.until)
        return float(np.interp(day, moments, self.weeks.taken[series]))

    def _over(self, series: str, start: int, end: int) -> float:
        """Logarithm of seen ÷ expected over days: weeks count by the share of their days, shrunk to the usual level."""
        assert self.weeks is not None
        weeks = self.weeks
        share = np.clip(np.minimum(weeks.start + WEEK, end) - np.maximum(weeks.start, start), 0, WEEK) / WEEK
        share = share * (weeks.expected[ORDERS] > 0) * ~weeks.missing
        seen, expected = share @ weeks.seen[series], share @ weeks.expected[series]
        trips = max(float(share @ weeks.trips), 1.0)
        pseudo = _PSEUDO * (1.0 if series == ORDERS else max(expected, 1e-9) / trips)
        return float(np.log((seen + pseudo) / (expected + pseudo)))


@dataclass
class Periods:
    """The levels of a shop's periods, each moment knowing what was known by then."""

    trips: Trips
    horizon_days: int
    lag_days: int = 0
    feasts: Feasts = ()
    found: dict[int, LevelStanding] = field(default_factory=dict)

    def at(self, moment: datetime) -> LevelStanding:
        """What is known of the level at a moment."""
        day = day_of(moment)
        if day not in self.found:
            weeks = weeks_before(self.trips, day, self.horizon_days, self.lag_days)
            habits = _habits(weeks, self.horizon_days, self.feasts)
            self.found[day] = LevelStanding(self.horizon_days, day, weeks, habits, self.feasts)
        return self.found[day]


def level_at(
    shop: Shop,
    cutoff: datetime,
    horizon_days: int,
    lag_days: int,
    habits: Mapping[str, Sequence[Habit]],
    engine: Engine,
) -> PeriodLevel:
    """The level of the horizon from `cutoff`, by a model's habits and the orders known before it."""
    day = day_of(cutoff)
    weeks = weeks_before(trips_before(shop, cutoff, engine), day, horizon_days, lag_days)
    known = {series: tuple(own) for series, own in habits.items()} if _enough(weeks) else {}
    return LevelStanding(horizon_days, day, weeks, known, moveable_feasts(shop.country)).ahead


def _enough(weeks: Weeks | None) -> bool:
    return weeks is not None and int(weeks.known.sum()) >= _FEWEST_WEEKS


def _habits(weeks: Weeks | None, horizon_days: int, feasts: Feasts) -> dict[str, tuple[Habit, ...]]:
    if weeks is None or not _enough(weeks):
        return {}
    seasonal = _history_days(weeks) >= _YEAR + horizon_days
    wanted, shut = (ORDERS, VALUE) if weeks.seen[VALUE].any() else (ORDERS,), bool(weeks.shut.any())
    return {series: habits_of(_series(weeks, series, feasts), seasonal=seasonal, shut=shut) for series in wanted}


def _history_days(weeks: Weeks) -> int:
    return weeks.until - int(weeks.start[weeks.known][0])


def _series(weeks: Weeks, series: str, feasts: Feasts) -> Series:
    """The weeks that tell a level."""
    known = weeks.known & (weeks.trips > 0) if series == VALUE else weeks.known
    day: Array = weeks.start[known].astype(np.float64) + WEEK / 2
    trips, taken = weeks.trips[known], weeks.taken[series][:-1][known]
    if series == ORDERS:
        log_level = np.log((trips + 1) / (weeks.expected[ORDERS][known] + 1))
        young = (_YOUNG * WEEK / (day - weeks.start[0])) ** 2
        return Series(day, log_level, _SPREAD_OF_COUNTS / (trips + 1) + _OWN**2 + young, taken, feasts)
    usual = weeks.expected[VALUE][known]
    a_day = usual / trips
    log_level = np.log((weeks.seen[VALUE][known] + a_day) / (usual + a_day))
    return Series(day, log_level, _SPREAD_OF_VALUES / (trips + 1) + _OWN**2, taken, feasts)


def _season(weeks: Weeks, habits: Mapping[str, Sequence[Habit]], horizon_days: int) -> str:
    """What the forecast rests on: a season that is likelier than none, from one year or from more."""
    if sum(one.weight for one in habits[ORDERS] if one.season or one.feast) < 0.5:
        return NONE
    return CALENDAR if _history_days(weeks) >= 2 * _YEAR + horizon_days else LAST_YEAR
