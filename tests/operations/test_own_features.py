"""A shop's own feature reaches the Release as compiled SQL, and serving computes it from there for one customer."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from features.extension import Extension
from features.feature import feature
from features.shop import Shop
from features.tables import SAME
from operations.publish import surroundings
from operations.score import columns_of
from serving.contract.ledger_rows import Event
from serving.snapshot.feature_sql import Statement
from serving.snapshot.recompute import CustomerHistory
from tests.shops import make_shop

NOON = datetime(2026, 1, 10, 12)


@feature(table="orders", windows=("30d",), unit="currency", empty=0)
def largest_order(orders):
    """The largest order. No orders means 0."""
    return orders.amount.max()


def shop_of(folder: Path) -> Shop:
    rows = [
        {"order_id": str(day), "customer_id": "a", "happened_at": NOON + timedelta(days=day), "amount": 5 + day}
        for day in range(3)
    ]
    return make_shop(folder, orders=rows)


def test_the_release_carries_it_as_sql_and_scoring_builds_it(tmp_path: Path) -> None:
    plain = shop_of(tmp_path)
    shop = replace(plain, extension=Extension((largest_order,)))
    around = surroundings(shop, {"largest_order_30d"})
    assert [column.name for column in around.columns] == ["largest_order_30d"]
    assert "largest_order_30d" in around.files["features.sql"].decode()
    assert json.loads(around.files["features.sql.json"])["fingerprints"] == [largest_order.columns[0].fingerprint]
    assert "largest_order_30d" in [column.name for column in columns_of(shop, {}, ["largest_order_30d"])]
    assert "largest_order_30d" not in [column.name for column in columns_of(plain, {}, ["largest_order_30d"])]


def test_serving_computes_it_from_history_and_from_an_order_just_told(tmp_path: Path) -> None:
    shop = replace(shop_of(tmp_path), extension=Extension((largest_order,)))
    around = surroundings(shop, {"largest_order_30d"})
    told = json.loads(around.files["features.sql.json"])
    asked = Statement(around.files["features.sql"].decode(), tuple(told["names"]), told["sources"], SAME)
    row = {
        "order_id": "new",
        "customer_id": "a",
        "happened_at": "2026-01-13T12:00:00",
        "known_at": "2026-01-13T12:00:00",
    }
    event = Event("orders", "a", b"new", {**row, "amount": "70", "kind": "order"})
    midnight = datetime(2026, 1, 14)
    for events, expected in (((), 7.0), ((event,), 70.0)):
        names, rows = CustomerHistory(shop.data, asked).rows({"a": events}, midnight)
        assert names == ("largest_order_30d",) and rows["a"].tolist() == [expected]
