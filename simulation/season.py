"""The world's clock: how long it runs, and how the year, the week, the pay cheque and habit place an event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from simulation.dice import Floats, Ints, choose

START = datetime(2024, 1, 1)  # a Monday
HOUR = 3_600
DAY = 24 * HOUR
WEEK = 7 * DAY
AFTERWARDS_DAYS = 56
EXPORT_AFTER = 6 * HOUR

# Day of the year, height, width in days: New Year shopping, the holiday, mid-June, August, 11 November, December.
_PEAKS = ((22, 0.20, 7.0), (41, -0.30, 5.0), (169, 0.20, 6.0), (225, -0.12, 18.0), (315, 0.45, 6.0), (352, 0.18, 7.0))
_WEEKDAYS = np.array([0.90, 0.85, 0.90, 0.95, 1.10, 1.30, 1.20])
_PAY_DAYS = (10, 14)
_PAY_LIFT = 1.6
_HABIT_LIFT = 4.0
_HOUR_SPREAD = 2.2


@dataclass(frozen=True)
class Calendar:
    """A world of `months` calendar months from START; it then runs on unseen, so that what comes next is known."""

    months: int

    @cached_property
    def end(self) -> int:
        """Seconds from START to the midnight the data ends at."""
        years, month = divmod(self.months, 12)
        return int((START.replace(year=START.year + years, month=month + 1) - START).total_seconds())

    @property
    def export(self) -> int:
        """Seconds from START to the moment of the export: only what was known by then is written."""
        return self.end + EXPORT_AFTER

    @property
    def weeks(self) -> int:
        """Weeks to run, the unseen ones included."""
        return -(-(self.end + AFTERWARDS_DAYS * DAY + DAY) // WEEK)

    @property
    def last_week(self) -> int:
        """The last week that starts before the data ends."""
        return (self.end - 1) // WEEK


def yearly(week: int) -> float:
    """How many times the usual demand this week of the year sees."""
    day = (START + timedelta(seconds=week * WEEK + WEEK // 2)).timetuple().tm_yday
    return 1.0 + sum(height * float(np.exp(-0.5 * ((day - centre) / width) ** 2)) for centre, height, width in _PEAKS)


def _paid(week: int) -> Floats:
    days = [(START + timedelta(days=7 * week + day)).day for day in range(7)]
    return np.array([_PAY_LIFT if _PAY_DAYS[0] <= day <= _PAY_DAYS[1] else 1.0 for day in days])


def place(rng: np.random.Generator, week: int, weekday: Ints, habit: Floats, payday: Floats, hour: Floats) -> Ints:
    """A moment in the week for each event of persons with these habits, in seconds since START.

    Parameters
    ----------
    weekday, habit : array, shape (n,)      the person's own day, and how strongly they keep to it (0 to 1)
    payday : array, shape (n,), 0 or 1      whether the days after the pay cheque draw them
    hour : array, shape (n,)                the hour around which they shop
    """
    weights = _WEEKDAYS * (1.0 + payday[:, None] * (_paid(week) - 1.0))
    weights[np.arange(len(weekday)), weekday] *= 1.0 + _HABIT_LIFT * habit
    hours = np.clip(rng.normal(hour, _HOUR_SPREAD), 6.5, 23.4)
    seconds = choose(rng, weights) * DAY + hours * HOUR + rng.random(len(hours)) * 60
    return week * WEEK + seconds.astype(np.int64)
