"""Volume and freshness against the shop's own weekday and season: silent where nothing is wrong, naming the table."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from operations.monitor.delivery import DAYS, delivery, is_over, misses
from tests.operations.monitor.watched_shop import AT


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def weekly(days, chance, level=200.0, season=None):
    """Counts of a shop that sells three times as much on Saturdays and is closed on Sundays."""
    shape = np.array([1, 1, 1, 1, 1.5, 3, 0])[np.arange(days) % 7]
    moved = np.ones(days) if season is None else season
    return chance.poisson(level * shape * moved).astype(float)


def far(days, change=1.0):
    counts = {"orders": days[0].copy(), "touchpoints": days[1].copy()}
    counts["orders"][-1] *= change
    found = misses(counts)
    return {table for table, one in found.items() if abs(one.miss) > one.largest}


def test_unchanged_nights_are_alarmed_about_as_rarely_as_said():
    """300 nights of two tables: at 1 in 183 about 1.6, seven or more once in a thousand such series."""
    chance = np.random.default_rng(1)
    alarms = sum(bool(far([weekly(400 + night % 7, chance), weekly(400 + night % 7, chance)])) for night in range(300))
    assert alarms <= 6


@pytest.mark.parametrize("weekday", range(6))
def test_half_of_a_day_is_missed_whatever_the_weekday(weekday):
    chance = np.random.default_rng(weekday)
    days = [weekly(393 + weekday, chance), weekly(393 + weekday, chance)]
    assert far(days) == set()
    assert far(days, 0.4) == {"orders"}
    assert far(days, 3.0) == {"orders"}


def test_a_closed_sunday_is_no_alarm_and_neither_is_the_season_of_the_year_before():
    chance = np.random.default_rng(2)
    sunday = [weekly(399, chance), weekly(399, chance)]
    assert sunday[0][-1] == 0
    assert far(sunday) == set()
    days = 364 * 2 + 60
    rising = np.where(np.arange(days) % 364 >= 40, 3.0, 1.0)  # three times as much from the same day of every year on
    at = 364 * 2 + 41
    season = [weekly(days, chance, season=rising)[:at], weekly(days, chance, season=rising)[:at]]
    assert misses({"orders": season[0]})["orders"].expected == pytest.approx(season[0][-1], rel=0.5)


def test_a_young_table_is_not_judged():
    assert misses({"orders": np.ones(100)}) == {}
    assert set(misses({"orders": np.ones(400), "tickets": np.r_[np.zeros(350), np.ones(50)]})) == {"orders"}


def test_a_shop_whose_exports_stopped_is_late_and_one_that_lacks_a_day_is_short(watched, engine, tmp_path):
    assert delivery(watched, AT, engine=engine).findings == ()
    (late,) = delivery(cut(watched, tmp_path / "late", AT - timedelta(days=5)), AT, engine=engine).findings
    assert (late.code, late.subject, late.advice) == ("table_late", "orders", "mend_feed")
    assert late.facts["days"] >= 5
    day = AT - timedelta(days=2)
    short = cut(watched, tmp_path / "short", day + timedelta(hours=1), until=day + timedelta(days=1))
    (found,) = delivery(short, AT, engine=engine).findings
    assert (found.code, found.advice) == ("table_short", "mend_feed")
    assert found.facts["found"] < found.facts["expected"] / 2


def test_a_newest_day_that_was_whole_is_judged_too(watched, engine, tmp_path):
    """Two of three rows of the last day are lost in the middle of it; its last one is there."""
    whole = pq.read_table(watched.path("orders")).sort_by("happened_at")
    moments = whole["happened_at"].to_numpy().astype("datetime64[us]")
    moments = moments[moments < np.datetime64(AT, "us")]
    newest = moments[-1].astype("datetime64[D]")
    kept = np.arange(len(moments))
    lost = (moments.astype("datetime64[D]") == newest) & (kept % 3 != 0) & (kept < len(moments) - 1)
    assert lost.sum() > 5
    (tmp_path / "lost").mkdir()
    pq.write_table(whole.take(kept[~lost]), tmp_path / "lost" / "orders.parquet")
    (found,) = delivery(replace(watched, data=tmp_path / "lost"), AT, engine=engine).findings
    assert (found.code, found.subject, found.advice) == ("table_short", "orders", "mend_feed")


def test_a_day_is_over_when_its_last_row_came_as_late_as_on_most_days():
    ends = np.r_[np.random.default_rng(1).uniform(20, 24, 60), np.nan, 22.0]
    assert is_over(ends, 61)
    assert not is_over(np.r_[ends[:-1], 14.0], 61)
    assert not is_over(ends, 0)


@pytest.mark.parametrize("times", [7.0, 1 / 7])
def test_amounts_in_another_unit_are_told_every_night_of_a_week(watched, engine, tmp_path, times):
    for nights in (1, 5):
        since = AT - timedelta(days=nights)
        given = pq.read_table(watched.path("orders"))
        changed = pc.greater_equal(given["happened_at"], pa.scalar(since, given["happened_at"].type))
        other = pc.multiply(given["amount"].cast(pa.float64()), times).cast(given["amount"].type, safe=False)
        place = given.schema.get_field_index("amount")
        folder = tmp_path / f"{nights}"
        folder.mkdir()
        pq.write_table(
            given.set_column(place, "amount", pc.if_else(changed, other, given["amount"])), folder / "orders.parquet"
        )
        (found,) = delivery(replace(watched, data=folder), AT, engine=engine).findings
        assert (found.code, found.subject, found.advice) == ("values_elsewhere", "orders.amount", "mend_feed")
        assert found.facts["times"] == pytest.approx(times, rel=0.2)


def cut(shop, folder, start, until=None):
    """The shop without what happened from a moment on, up to another."""
    folder.mkdir()
    given = pq.read_table(shop.path("orders"))
    happened = given["happened_at"]
    kept = pc.less(happened, pa.scalar(start, happened.type))
    if until is not None:
        kept = pc.or_(kept, pc.greater_equal(happened, pa.scalar(until, happened.type)))
    pq.write_table(given.filter(kept), folder / "orders.parquet")
    return replace(shop, data=folder)


def test_half_a_year_tells_what_is_usual():
    assert DAYS == 182
