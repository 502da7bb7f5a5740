"""The level of a period, observed and forecast, from a shop's own orders."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.season_shops import KINDS, prepare
from features.engine import DuckDB
from features.feasts import moveable_feasts
from features.shop import open_shop
from scoring.level import LAST_YEAR, NONE, ORDERS, VALUE
from tests.shops import write_shop
from training.level.periods import Periods, level_at
from training.level.trips import trips_before


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def made(kind, engine, tmp_path_factory, customers=900):
    made = KINDS[kind]
    shop = open_shop(prepare(kind, customers, 7, tmp_path_factory.mktemp(kind)), home=tmp_path_factory.mktemp("home"))
    return shop, made, Periods(trips_before(shop, made.cutoff, engine), made.horizon_days)


@pytest.fixture(scope="module")
def gifts(engine, tmp_path_factory):
    return made("gifts", engine, tmp_path_factory)


def test_autumn_comes_again(gifts):
    _, made, periods = gifts
    standing = periods.at(made.cutoff)
    latest = standing.seen(made.cutoff - timedelta(days=made.horizon_days))
    rise = standing.ahead.logs[ORDERS] - latest.logs[ORDERS]
    assert standing.ahead.season == LAST_YEAR
    assert 1.6 < np.exp(rise) < 2.5
    assert standing.ahead.logs[VALUE] > latest.logs[VALUE]
    assert 0 < standing.ahead.spreads[ORDERS] < 0.3


def test_a_shop_open_at_christmas_alone_expects_christmas(engine, tmp_path_factory):
    _, made_, periods = made("christmas", engine, tmp_path_factory)
    standing = periods.at(made_.cutoff)
    before = standing.seen(made_.cutoff - timedelta(days=364)).logs[ORDERS]
    assert before > 1.5
    assert standing.ahead.logs[ORDERS] == pytest.approx(before, abs=0.6)


def test_a_feast_is_expected_where_the_countrys_calendar_has_it(engine, tmp_path_factory):
    shop, made_, periods = made("new_year", engine, tmp_path_factory, 500)
    named = replace(periods, feasts=moveable_feasts(shop.country), found={}).at(made_.cutoff)
    assert shop.country == "CN"
    assert 1.3 < np.exp(named.ahead.logs[ORDERS]) < 1.8  # 1.53 times as much was made
    assert level_at(shop, made_.cutoff, made_.horizon_days, 0, named.habits, engine) == named.ahead


def test_no_season_is_learnt_where_there_is_none(engine, tmp_path_factory):
    _, made_, periods = made("flat", engine, tmp_path_factory)
    ahead = periods.at(made_.cutoff).ahead
    assert ahead.season == NONE
    assert abs(ahead.logs[ORDERS]) < 0.1


def test_an_earlier_moment_knows_less(gifts):
    _, made, periods = gifts
    early = periods.at(made.cutoff - timedelta(days=300))
    assert early.ahead.season == NONE
    assert early.until < periods.at(made.cutoff).until


def test_the_night_finds_what_training_found(gifts, engine):
    shop, made, periods = gifts
    standing = periods.at(made.cutoff)
    assert level_at(shop, made.cutoff, made.horizon_days, 0, standing.habits, engine) == standing.ahead


def test_rows_known_on_or_after_the_cutoff_change_nothing(gifts, engine, tmp_path):
    shop, made, periods = gifts
    orders = pq.read_table(shop.path("orders")).to_pylist()
    late = [{**one, "order_id": f"late-{i}", "known_at": made.cutoff} for i, one in enumerate(orders[:500])]
    changed = write_shop(tmp_path, {"orders": [*orders, *late]}, {"orders": shop.present["orders"]})
    trips = trips_before(changed, made.cutoff, engine)
    assert Periods(trips, made.horizon_days).at(made.cutoff).ahead == periods.at(made.cutoff).ahead


def test_a_shop_too_young_to_tell_has_no_level(gifts):
    _, made, periods = gifts
    standing = periods.at(made.start + timedelta(days=10))
    assert standing.ahead.logs == {}
    assert standing.weights("churn_probability") == {}
    assert standing.seen(datetime(2021, 12, 2)).logs == {}
