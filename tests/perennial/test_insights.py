"""The DataFrames agree with one another, and leave out groups under twenty people."""

from datetime import datetime
from pathlib import Path

import pytest

import perennial as pn
from features.errors import ShopError
from features.shop import Shop
from tests.insights.kpi_shop import DAYS, FIRST, drawn
from tests.shops import make_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    tables = drawn(6)
    for number, row in enumerate(tables["orders"]):
        row["happened_at"] = FIRST + (row["happened_at"] - FIRST) * 3
        row["known_at"] = row["happened_at"]
        row["order_id"] = f"o{number}"
        row.pop("of_order_id", None)
    return make_shop(tmp_path_factory.mktemp("shop"), **tables)


def test_moves_end_where_people_stand(shop: Shop) -> None:
    flow, at = pn.insights.flow(shop), datetime(2026, 11, 1)
    standing = pn.insights.stages(shop, at)["stage"].value_counts()
    ended = flow[flow["month_end"] == at].groupby("to_stage")["people"].sum()
    assert (ended <= standing[ended.index]).all()
    assert flow["people"].min() >= 20
    assert pn.insights.forecast(shop)["people"].min() >= 20


def test_a_month_told_earlier_misses_what_came_later(shop: Shop) -> None:
    month, later = {"since": "2026-03-01", "at": "2026-04-01"}, "2026-08-01"
    then = pn.insights.kpis(shop, **month, names=["traffic"])["value"].sum()
    now = pn.insights.kpis(shop, "2026-03-01", later, names=["traffic"], every="month")
    first = now[now["period_start"] == datetime(2026, 3, 1)]
    assert first["value"].sum() == then + first["late_rows"].sum() > then


def test_stages_are_segments(shop: Shop) -> None:
    segments = pn.insights.stages(shop).rename(columns={"stage": "segment"})
    told = pn.insights.kpis(shop, names=["buyers"], by=["segment"], segments=segments)
    assert set(told["segment"]) <= set(segments["segment"])
    assert told["people"].min() >= 20


def test_a_shop_without_touchpoints_has_no_funnel(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=drawn(1)["orders"])
    assert pn.insights.journey(shop, since=FIRST).shape[1] == 7
    with pytest.raises(ShopError, match="has no table 'touchpoints'"):
        pn.insights.funnel(shop)


def test_the_period_is_three_months_by_default(shop: Shop) -> None:
    assert DAYS > 91
    whole, default = pn.insights.roles(shop, since=FIRST), pn.insights.roles(shop)
    assert whole["orders"].sum() > default["orders"].sum() > 0
    assert "insights" in dir(pn)
