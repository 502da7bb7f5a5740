"""A level moves every score alike."""

import pytest

from scoring.level import ORDERS, VALUE, PeriodLevel, level_from_plain

BUSY = PeriodLevel("2026-09-01", "last_year", {ORDERS: 0.5, VALUE: 0.1}, {ORDERS: 0.3, VALUE: 0.4})


def test_a_shift_adds_up_over_series():
    assert BUSY.shift({ORDERS: 1.0, VALUE: 1.0}) == pytest.approx(0.6)
    assert BUSY.shift({ORDERS: -2.0}) == pytest.approx(-1.0)
    assert BUSY.shift({}) == 0


def test_series_move_apart():
    assert BUSY.spread({ORDERS: 1.0, VALUE: 1.0}) == pytest.approx(0.5)


def test_none_stays_none():
    assert level_from_plain(None) is None
