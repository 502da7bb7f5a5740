"""Months begin at midnight on the first, whatever their length."""

from datetime import datetime

from insights.months import month_ends, month_of, shifted


def test_months_cross_years_both_ways() -> None:
    assert shifted(datetime(2025, 11, 1), 3) == datetime(2026, 2, 1)
    assert shifted(datetime(2026, 1, 1), -13) == datetime(2024, 12, 1)
    assert month_of(datetime(2026, 1, 1)) == datetime(2026, 1, 1)


def test_a_month_that_ends_with_the_data_counts() -> None:
    assert month_ends(datetime(2026, 1, 1), datetime(2026, 2, 1)) == [datetime(2026, 2, 1)]
    assert month_ends(datetime(2026, 1, 1), datetime(2026, 1, 31)) == []
