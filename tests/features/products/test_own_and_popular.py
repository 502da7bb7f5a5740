"""Recommendation candidates: own products by decayed frequency, what sells, what is not there – as known."""

from datetime import datetime, timedelta
from math import exp
from pathlib import Path
from typing import Any

import pytest

from features.products.own_and_popular import last_stores, missing_products, own_products, popular_products
from features.shop import Shop
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)


def _shop(folder: Path, bought: list[tuple[str, str, int, str]], **tables: Any) -> Shop:
    """bought: (customer, product, days before the cutoff, store)."""
    orders = [
        {
            "order_id": str(i),
            "customer_id": who,
            "happened_at": CUTOFF - timedelta(days=days),
            "amount": 5,
            "store_id": s,
        }
        for i, (who, _, days, s) in enumerate(bought)
    ]
    lines = [{"order_id": str(i), "product_id": product} for i, (_, product, _, _) in enumerate(bought)]
    return make_shop(folder, orders=orders, order_lines=lines, **tables)


def test_own_products_fade_over_90_days(tmp_path: Path) -> None:
    # Two purchases a year ago weigh 2·e^(−365/90) ≈ .03, one of yesterday ≈ .99.
    shop = _shop(
        tmp_path, [("a", "old", 365, "1"), ("a", "old", 366, "1"), ("a", "new", 1, "1"), ("a", "later", 0, "1")]
    )
    assert own_products(shop, CUTOFF).to_pylist() == [
        {
            "customer_id": "a",
            "product_id": "new",
            "times": 1,
            "days": 1,
            "first": 1,
            "weight": pytest.approx(exp(-1 / 90)),
        },
        {
            "customer_id": "a",
            "product_id": "old",
            "times": 2,
            "days": 365,
            "first": 366,
            "weight": pytest.approx(exp(-365 / 90) + exp(-366 / 90)),
        },
    ]


def test_popular_products_count_orders_of_28_days_by_store_and_overall(tmp_path: Path) -> None:
    bought = [
        ("a", "milk", 3, "1"),
        ("b", "milk", 4, "1"),
        ("c", "bread", 5, "1"),
        ("c", "tea", 5, "2"),
        ("d", "tea", 60, "2"),
    ]
    rows = popular_products(_shop(tmp_path, bought), CUTOFF).to_pylist()
    by_store = {store: [r["product_id"] for r in rows if r["store_id"] == store] for store in ("1", "2", None)}
    assert by_store == {"1": ["milk", "bread"], "2": ["tea"], None: ["milk", "bread", "tea"]}


def test_missing_is_the_latest_level_and_what_is_no_longer_sold(tmp_path: Path) -> None:
    def level(store: str, product: str, quantity: float, days: int) -> dict[str, Any]:
        at = CUTOFF - timedelta(days=days)
        return {"store_id": store, "product_id": product, "quantity": quantity, "happened_at": at}

    stock = [level("1", "milk", 9, 5), level("1", "milk", 0, 2), level("2", "milk", 4, 2), level("1", "tea", 0, 3)]
    products = [{"product_id": "gone", "available_until": CUTOFF - timedelta(days=1)}, {"product_id": "milk"}]
    shop = _shop(tmp_path, [("a", "milk", 3, "1")], stock=stock, products=products)
    missing = [(row["store_id"], row["product_id"]) for row in missing_products(shop, CUTOFF).to_pylist()]
    assert sorted(missing, key=str) == [("1", "milk"), ("1", "tea"), (None, "gone"), (None, "tea")]


def test_nothing_is_missing_where_nothing_is_told(tmp_path: Path) -> None:
    assert missing_products(_shop(tmp_path, [("a", "milk", 3, "1")]), CUTOFF).num_rows == 0


def test_the_last_store_is_that_of_the_newest_order_known(tmp_path: Path) -> None:
    shop = _shop(tmp_path, [("a", "milk", 9, "1"), ("a", "milk", 3, "2"), ("a", "milk", 0, "3")])
    assert last_stores(shop, CUTOFF).to_pylist() == [{"customer_id": "a", "store_id": "2"}]
