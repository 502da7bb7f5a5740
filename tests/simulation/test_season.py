"""The calendar ends where it should, and events fall where habits put them."""

import numpy as np
import pytest

from simulation.season import DAY, HOUR, WEEK, Calendar, place, yearly


@pytest.mark.parametrize(("months", "days"), [(2, 60), (12, 366), (14, 366 + 59), (24, 731)])
def test_a_world_lasts_calendar_months(months: int, days: int) -> None:
    calendar = Calendar(months)
    assert calendar.end == days * DAY
    assert calendar.last_week * WEEK < calendar.end <= (calendar.last_week + 1) * WEEK
    assert calendar.weeks * WEEK >= calendar.end + 56 * DAY


def test_november_sells_more_than_the_holiday_in_february() -> None:
    assert yearly(45) > 1.2 > 0.9 > yearly(5)


def test_habits_place_events() -> None:
    rng, count = np.random.default_rng(2), 4_000
    day, hour = np.full(count, 3), np.full(count, 12.0)
    strict = place(rng, 10, day, np.ones(count), np.zeros(count), hour) - 10 * WEEK
    loose = place(rng, 10, day, np.zeros(count), np.zeros(count), hour) - 10 * WEEK
    assert ((strict >= 0) & (strict < WEEK)).all()
    assert (strict // DAY == 3).mean() > 2 * (loose // DAY == 3).mean()
    assert abs((strict % DAY).mean() / HOUR - 12.0) < 0.2
