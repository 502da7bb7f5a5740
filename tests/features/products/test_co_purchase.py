"""What goes together: baskets and segments, each against counting by hand."""

from datetime import datetime, timedelta
from math import sqrt
from pathlib import Path

import pyarrow as pa
import pytest

from features.products.co_purchase import companions, popular_in_segments, segments
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)


def _own(*rows: tuple[str, str, float, int]) -> pa.Table:
    names = ("customer_id", "product_id", "weight", "days")
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def test_companions_are_counted_over_baskets_known_by_then(tmp_path: Path) -> None:
    # Five baskets hold both, one tea without milk: 5 / (√(5 + 20) × √(6 + 20)). That of the cutoff's day is unseen.
    baskets = [("milk", "tea")] * 5 + [("tea", "salt"), ("milk", "salt")]
    days = [3, 4, 5, 6, 7, 8, 0]
    orders, lines = [], []
    for i, (basket, age) in enumerate(zip(baskets, days, strict=True)):
        at = CUTOFF - timedelta(days=age)
        orders.append({"order_id": str(i), "customer_id": "a", "happened_at": at, "amount": 5})
        lines += [{"order_id": str(i), "product_id": product} for product in basket]
    found = companions(make_shop(tmp_path, orders=orders, order_lines=lines), CUTOFF).to_pylist()
    strength = pytest.approx(5 / (sqrt(25) * sqrt(26)), abs=1e-6)
    assert found == [
        {"product_id": "milk", "companion_id": "tea", "strength": strength},
        {"product_id": "tea", "companion_id": "milk", "strength": strength},
    ]


def test_a_segment_is_what_a_customer_buys_more_than_others_do() -> None:
    own = _own(("a", "milk", 9.0, 1), ("a", "hops", 6.0, 1), ("b", "milk", 30.0, 40), ("b", "salt", 1.0, 2))
    categories = pa.table({"product_id": ["milk", "hops"], "category": ["dairy", "beer"]})
    of = segments(own, categories)
    # a buys more milk than hops, but nobody else buys hops at all; salt has no category.
    assert dict(zip(of["customer_id"].to_pylist(), of["segment"].to_pylist(), strict=True)) == {
        "a": "beer",
        "b": "dairy",
    }
    favoured = popular_in_segments(own, of)
    assert favoured.to_pylist() == [
        {"segment": "beer", "product_id": "hops"},
        {"segment": "beer", "product_id": "milk"},
        {"segment": "dairy", "product_id": "salt"},
    ]
