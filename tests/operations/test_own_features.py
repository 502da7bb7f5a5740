"""A shop's own feature reaches the Release as compiled SQL."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from features.extension import Extension
from features.feature import feature
from operations.publish import surroundings
from operations.score import columns_of
from tests.shops import make_shop

NOON = datetime(2026, 1, 10, 12)


@feature(table="orders", windows=("30d",), unit="currency", empty=0)
def largest_order(orders):
    """The largest order. No orders means 0."""
    return orders.amount.max()


def test_the_release_carries_it_as_sql_and_scoring_builds_it(tmp_path: Path) -> None:
    rows = [
        {"order_id": str(day), "customer_id": "a", "happened_at": NOON + timedelta(days=day), "amount": 5 + day}
        for day in range(3)
    ]
    plain = make_shop(tmp_path, orders=rows)
    shop = replace(plain, extension=Extension((largest_order,)))
    around = surroundings(shop, {"largest_order_30d"})
    assert [column.name for column in around.columns] == ["largest_order_30d"]
    assert "largest_order_30d" in around.files["features.sql"].decode()
    assert json.loads(around.files["features.sql.json"])["fingerprints"] == [largest_order.columns[0].fingerprint]
    assert "largest_order_30d" in [column.name for column in columns_of(shop, {}, ["largest_order_30d"])]
    assert "largest_order_30d" not in [column.name for column in columns_of(plain, {}, ["largest_order_30d"])]
