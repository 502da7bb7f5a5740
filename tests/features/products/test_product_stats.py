"""Products as a shop buys them, against counting by hand."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from features.engine import DuckDB
from features.products.own_and_popular import popular_products
from features.products.product_stats import assortment, order_counts
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)


def test_popularity_repeats_and_gaps_are_those_known_at_the_cutoff(tmp_path: Path) -> None:
    bought = [
        ("a", "milk", 60),
        ("a", "milk", 40),
        ("a", "milk", 10),
        ("b", "milk", 5),
        ("b", "tea", 200),
        ("c", "tea", 0),
    ]
    orders = [
        {"order_id": str(i), "customer_id": who, "happened_at": CUTOFF - timedelta(days=days), "amount": 5}
        for i, (who, _, days) in enumerate(bought)
    ]
    lines = [
        {"order_id": str(i), "product_id": product, "amount": 3, "quantity": 2}
        for i, (_, product, _) in enumerate(bought)
    ]
    shop = make_shop(tmp_path, orders=orders, order_lines=lines)
    milk, tea = assortment(shop, CUTOFF).to_pylist()
    assert (milk["product_id"], tea["product_id"]) == ("milk", "tea")
    assert (milk["popularity_28d"], milk["popularity_90d"], tea["popularity_90d"]) == (1.0, 1.0, 0.0)
    assert (milk["reach"], tea["reach"]) == (1.0, 0.5)
    assert milk["repeat_share"] == pytest.approx(1 / 7) and milk["usual_gap"] == pytest.approx(25)
    assert tea["usual_gap"] is None and milk["price"] == pytest.approx(1.5) and milk["category"] is None
    assert order_counts(shop, CUTOFF).to_pylist() == [
        {"customer_id": "a", "orders": 3},
        {"customer_id": "b", "orders": 2},
    ]


def test_an_engine_keeps_nothing_of_what_was_asked(tmp_path: Path) -> None:
    """A night and a training run go on with the same engine: every line of every order would stay in its memory."""
    orders = [{"order_id": "1", "customer_id": "a", "happened_at": CUTOFF - timedelta(days=9), "amount": 5}]
    lines = [{"order_id": "1", "product_id": "milk", "amount": 3, "quantity": 2}]
    shop, engine = make_shop(tmp_path, orders=orders, order_lines=lines), DuckDB(threads=1)
    assert (
        assortment(shop, CUTOFF, engine=engine).num_rows == popular_products(shop, CUTOFF, engine=engine).num_rows == 1
    )
    assert engine._sql.sql("SELECT table_name FROM duckdb_tables()").fetchall() == []
