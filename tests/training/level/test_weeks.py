"""What weeks tell of a shop's level, told apart from who its customers are."""

import numpy as np
import pytest

from scoring.level import ORDERS, VALUE
from training.level.trips import Trips
from training.level.weeks import weeks_before

DAYS, HORIZON = 560, 60


def trips(level, customers=900, seed=0, value=None):
    """Customers with a pace of their own, who buy as the level of a day has it."""
    dice = np.random.default_rng(seed)
    rate = dice.gamma(1.0, 0.03, customers)
    joined = dice.integers(0, DAYS - 60, customers)
    rows = []
    for day in range(DAYS):
        here = (joined <= day) & (dice.random(customers) < np.where(joined == day, 1, rate * level[day]))
        rows += [(one, day) for one in np.flatnonzero(here)]
    customer, day = np.array(rows).T
    spend = np.full(len(rows), 20.0) * (1.0 if value is None else np.asarray(value)[day])
    return Trips(customer, day, day + 0.5, spend)


def ratio(weeks, start, end, series=ORDERS):
    rows = (weeks.start >= start) & (weeks.start < end)
    return weeks.seen[series][rows].sum() / weeks.expected[series][rows].sum()


def test_a_peak_is_found_at_its_height_and_the_weeks_after_it_are_not_blamed():
    level = np.ones(DAYS)
    level[250:300] = 2.0
    weeks = weeks_before(trips(level), DAYS, HORIZON)
    usual = ratio(weeks, 310, 500)
    assert ratio(weeks, 257, 290) / usual == pytest.approx(2.0, abs=0.25)
    assert ratio(weeks, 308, 340) / usual == pytest.approx(1.0, abs=0.15)


def test_money_has_a_level_of_its_own():
    value = np.ones(DAYS)
    value[250:300] = 1.5
    weeks = weeks_before(trips(np.ones(DAYS), value=value), DAYS, HORIZON)
    assert ratio(weeks, 257, 290, VALUE) / ratio(weeks, 310, 500, VALUE) == pytest.approx(1.5, abs=0.12)


def test_a_stretch_that_was_not_recorded_is_named_and_tells_no_level():
    level = np.ones(DAYS)
    level[300:340] = 0.0
    made = trips(level)
    kept = (made.day < 300) | (made.day >= 340)  # those who joined meanwhile are lost too
    weeks = weeks_before(Trips(made.customer[kept], made.day[kept], made.shown[kept], made.spend[kept]), DAYS, HORIZON)
    inside = (weeks.start >= 301) & (weeks.start + 7 <= 340)
    assert inside.any()
    assert weeks.missing[inside].all()
    assert not weeks.known[inside].any()
    assert not weeks.missing[weeks.start + 7 < 300].any()


def test_a_season_that_is_closed_every_year_is_no_gap():
    level = np.zeros(DAYS)
    level[20:80] = level[385:445] = 3.0
    made = trips(level)
    kept = level[made.day] > 0
    weeks = weeks_before(Trips(made.customer[kept], made.day[kept], made.shown[kept], made.spend[kept]), DAYS, HORIZON)
    assert not weeks.missing[(weeks.start > 100) & (weeks.start < 180)].any()


def test_what_is_not_known_yet_is_not_seen():
    made = trips(np.ones(DAYS))
    late = made.shown.copy()
    late[made.day > 400] = DAYS + 1
    weeks = weeks_before(Trips(made.customer, made.day, late, made.spend), DAYS, HORIZON)
    assert weeks.seen[ORDERS][weeks.start > 400].sum() == 0


def test_days_that_orders_still_arrive_for_tell_no_level():
    weeks = weeks_before(trips(np.ones(DAYS)), DAYS, HORIZON, lag_days=10)
    assert not weeks.known[-2:].any()
    assert weeks.known[-3]


def test_nobody_who_came_back_tells_nothing():
    once = Trips(np.arange(50), np.arange(50), np.arange(50) + 0.5, np.full(50, 5.0))
    assert weeks_before(once, 60, 28) is None
