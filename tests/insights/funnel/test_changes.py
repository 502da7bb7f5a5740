"""A step moved only where chance does not explain it, however many were looked at."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from insights.funnel.changes import moved_steps
from insights.funnel.funnel import SCHEMA


def step(passed: int, visits: int, before: float, **changes: Any) -> dict[str, Any]:
    rate = passed / visits
    half = 1.96 * (rate * (1 - rate) / visits + before * (1 - before) / visits) ** 0.5
    return {"channel": "web", "device": "phone", "step": "checkout", "next_step": "payment", "visits": visits,
            "passed": passed, "lost": visits - passed, "came_back": 0, "people": visits, "pass_rate": rate,
            "rate_before": before, "rate_year_before": None, "change_low": rate - before - half,
            "change_high": rate - before + half, "cost": 10.0 * (visits - passed), "cost_low": 0.0,
            "cost_high": 0.0} | changes  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def test_a_fall_costs_what_the_visits_lost_beyond_the_share_before_would_have_brought() -> None:
    (moved,) = moved_steps(table(step(600, 1000, 0.8), step(802, 1000, 0.8)))
    assert (moved.before, moved.now) == (0.8, 0.6)
    assert moved.money == pytest.approx(0.2 * 1000 * 10.0)


def test_a_rise_brings_money_and_stands_last() -> None:
    rise, fall = step(900, 1000, 0.7, channel="app"), step(600, 1000, 0.7)
    assert [one.money < 0 for one in moved_steps(table(rise, fall))] == [False, True]


def test_without_a_period_before_nothing_moved() -> None:
    assert moved_steps(table(step(600, 1000, 0.8, rate_before=None))) == []
    assert moved_steps(table()) == []


def test_chance_alone_is_told_in_one_report_of_twenty() -> None:
    rng, told = np.random.default_rng(5), 0
    for _ in range(400):
        rows = [step(int(rng.binomial(2000, 0.8)), 2000, float(rng.binomial(2000, 0.8)) / 2000) for _ in range(20)]
        told += bool(moved_steps(table(*rows)))
    assert told / 400 < 0.08


def against(year: float, **changes: Any) -> dict[str, Any]:
    """A fall from 80 % to 60 %, beside a share of the year before known to five points."""
    return step(
        600, 1000, 0.8, rate_year_before=year, year_low=0.6 - year - 0.05, year_high=0.6 - year + 0.05, **changes
    )


def test_a_step_that_was_so_a_year_before_did_not_move() -> None:
    assert moved_steps(table(against(0.61))) == []
    assert moved_steps(table(against(0.40))) == []  # worse then: the fall comes every year
    (moved,) = moved_steps(table(against(0.79)))
    assert moved.year == 0.79
    (moved,) = moved_steps(table(step(600, 1000, 0.8)))
    assert moved.year is None
