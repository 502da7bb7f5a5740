"""What the purchases of others say of products, against counting by hand."""

from math import sqrt

import numpy as np
import pyarrow as pa
import pytest

from features.products import alike as module
from features.products.alike import STRENGTHS, alike

NOTHING = {"customer_id": pa.string(), "product_id": pa.string(), "weight": pa.float64(), "days": pa.int64()}


def _own(*rows: tuple[str, str, float, int]) -> pa.Table:
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(NOTHING)}, schema=pa.schema(NOTHING))


def _drawn() -> pa.Table:
    """Eighty customers of two tastes with up to ten products each."""
    chance, rows = np.random.default_rng(4), []
    for who in range(80):
        products = chance.choice(np.arange(20) + 15 * (who % 2), chance.integers(3, 10), replace=False)
        weights = np.sort(chance.random(len(products)) * 4)[::-1]
        rows += [(f"c{who:02d}", f"p{p:02d}", float(w), int(chance.integers(1, 60))) for p, w in zip(products, weights, strict=True)]  # fmt: skip  # noqa: E501
    return _own(*rows)


def test_what_people_with_the_same_products_buy_is_put_forward() -> None:
    same = [(f"c{i}", product, 1.0, 1) for i in range(5) for product in ("milk", "tea")]
    told = alike(_own(*same, ("new", "milk", 2.0, 1), ("other", "salt", 1.0, 1))).to_pylist()
    (tea,) = (row for row in told if row["customer_id"] == "new" and row["product_id"] == "tea")
    # milk has six buyers, tea five, five have both; all of the new customer's weight lies on milk.
    assert tea["kindred"] == pytest.approx(5 / (sqrt(6 + 10) * sqrt(5 + 10)), abs=1e-6)
    assert tea["neighbours"] == pytest.approx(1.0) and tea["linear"] > 0
    # Of an own product the others are told too, not what speaks for itself.
    assert {row["product_id"] for row in told if row["customer_id"] == "other"} == {"salt"}


def test_each_way_puts_forward_its_best_and_all_are_told_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    own, whole = _drawn(), alike(_drawn())
    monkeypatch.setattr(module, "LISTED", 2)
    few = alike(own)
    has = set(zip(own["customer_id"].to_pylist(), own["product_id"].to_pylist(), strict=True))
    by_pair = {(row["customer_id"], row["product_id"]): row for row in whole.to_pylist()}
    shown = {(row["customer_id"], row["product_id"]): row for row in few.to_pylist()}
    assert all(shown[pair] == by_pair[pair] for pair in shown) and has <= set(shown)
    for name in STRENGTHS:
        best = max((pair for pair in by_pair if pair[0] == "c00" and pair not in has), key=lambda p: by_pair[p][name])
        assert best in shown


def test_no_own_product_is_put_forward_however_many_there_are() -> None:
    many = [(f"c{i}", f"p{p:02d}", 60.0 - p, 1) for i in range(6) for p in range(60)]
    told = alike(_own(*many)).to_pylist()
    # All own everything: nothing is new, and the first forty own products are told of.
    assert {row["product_id"] for row in told} == {f"p{p:02d}" for p in range(40)}


def test_customers_some_at_a_time_are_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = alike(_drawn())
    monkeypatch.setattr(module, "_CHUNK", 7)
    assert alike(_drawn()).equals(whole)


def test_the_order_of_rows_of_others_changes_nothing() -> None:
    own = _drawn()
    customers = own["customer_id"].to_pylist()
    turned = sorted(range(len(customers)), key=lambda i: customers[i], reverse=True)
    assert alike(own.take(turned)).equals(alike(own))


def test_nobody_is_told_anything_without_purchases() -> None:
    assert alike(_own()).num_rows == 0
