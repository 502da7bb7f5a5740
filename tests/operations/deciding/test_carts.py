"""A cart left in the week before the cutoff and not bought is known at night: why, and what lies in it."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from decisions.allowed.cart import LeftCart, saved
from features.engine import opened
from features.products.own_and_popular import missing_products, stocked_products
from operations.deciding.carts import carts_at
from perennial.opening import reading_shop
from serving.snapshot.decided import read_decided
from serving.snapshot.shelves import read_shelves, write_shelves
from simulation.world import simulate
from tests.operations.deciding.test_decide import _home, night, shop_with  # noqa: F401
from tests.perennial.corner_shop import CUTOFF
from tests.shops import make_shop


def step(who, hours, kind, **more):
    return {"customer_id": who, "happened_at": CUTOFF - timedelta(hours=hours), "channel": "web", "kind": kind, **more}


def left(who, hours, *products, reason=None):
    put = [step(who, hours - i / 60, "add_to_cart", product_id=one) for i, one in enumerate(products)]
    return [*put, step(who, hours - 1, "abandon", reason=reason)]


def carts_of(folder, touchpoints, orders=()):
    first = {"order_id": "0", "customer_id": "z", "happened_at": CUTOFF - timedelta(days=90), "amount": 5}
    shop = make_shop(folder, orders=[first, *orders], touchpoints=touchpoints)
    with opened(None) as engine:
        return carts_at(shop, CUTOFF, engine)


def test_why_and_what_newest_first(tmp_path):
    found = carts_of(tmp_path, left("a", 30, "P1", "P2", reason="shipping_cost"))
    assert found == {"a": LeftCart("shipping", ("P2", "P1"))}


@pytest.mark.parametrize(
    ("touchpoints", "bought"),
    [
        (left("a", 24 * 8, "P1"), None),
        (left("a", 30, "P1"), 5),
        ([*left("a", 30, "P1"), step("a", 5, "purchase")], None),
        ([step("a", 30, "add_to_cart", product_id="P1")], None),
        (left("a", -3, "P1"), None),
    ],
    ids=["long ago", "ordered since", "bought since", "not left", "not yet"],
)
def test_no_cart_is_told_where_none_is_open(tmp_path, touchpoints, bought):
    orders = [{"order_id": "1", "customer_id": "a", "happened_at": CUTOFF - timedelta(hours=bought or 0), "amount": 5}]
    assert carts_of(tmp_path, touchpoints, orders if bought else ()) == {}


def test_without_touchpoints_there_are_none(tmp_path):
    with opened(None) as engine:
        orders = [{"order_id": "1", "customer_id": "a", "happened_at": CUTOFF, "amount": 5}]
        assert carts_at(make_shop(tmp_path, orders=orders), CUTOFF, engine) == {}


def test_the_night_decides_by_it_and_keeps_it_for_calls(tmp_path):
    shop = shop_with(tmp_path)
    more = make_shop(shop.data, touchpoints=left("b", 30, "P1", "P2", reason="out_of_stock"))
    shop = type(shop)(**{**vars(shop), "present": {**shop.present, **more.present}, "rows": {**shop.rows, **more.rows}})
    done = night(shop)
    row = done.decided.batch.customer_ids.to_pylist().index("b")
    assert list(done.decided.menu.plan.causes)[done.decided.customers.cause[row]] == "out_of_stock"
    served = read_decided(done.snapshot, 3)
    assert served.cart_of(row) == ("P2", "P1") and served.why_left(row) == "out_of_stock"
    others = np.setdiff1d(np.arange(3), [row]).tolist()
    assert [served.cart_of(one) for one in [*others, -1]] == [(), (), ()]


def test_in_the_simulated_world_no_item_is_spoken_of_that_nobody_has(tmp_path):
    """Shelves as the world's own stock counts tell, newest first, by a naive loop."""
    folder, cutoff = tmp_path / "world", datetime(2024, 5, 1)
    simulate(400, 4, 3, folder)
    with reading_shop(folder) as shop, opened(None) as engine:
        carts = carts_at(shop, cutoff, engine)
        stocked = stocked_products(shop, cutoff, engine=engine).to_pylist()
        missing = missing_products(shop, cutoff, engine=engine).to_pylist()
    counts = [one for one in pq.read_table(folder / "stock.parquet").to_pylist() if one["known_at"] < cutoff]
    level = {(one["store_id"], one["product_id"]): one["quantity"] for one in sorted(counts, key=_moment)}
    has = {pair for pair, quantity in level.items() if quantity > 0}
    write_shelves(tmp_path, {}, [(one["store_id"], one["product_id"]) for one in stocked])
    shelves = read_shelves(tmp_path)
    gone = {one["product_id"] for one in missing if one["store_id"] is None}
    ways = set()
    for cart in carts.values():
        stores = {item: [(1.0, shelves.stores[at]) for at in shelves.having(item)] for item in cart.products}
        found = saved(cart.products, stores, gone, {})
        ways.add(found.way)
        assert found.way == "reminder" or (found.store_id, found.product_id) in has
        found = saved(cart.products, {}, gone, {})  # no store within reach
        assert found.product_id is None or any(item == found.product_id for _, item in has)
    assert len(carts) > 3 and "store" in ways


def test_in_the_simulated_world_cause_and_item_are_those_of_the_truth(tmp_path):
    """The truth's newest cart of everybody who is said to have left one; some are bought yet, and in no truth."""
    folder, cutoff = tmp_path / "world", datetime(2024, 5, 1)
    simulate(1_000, 4, 3, folder)
    with reading_shop(folder) as shop, opened(None) as engine:
        told = carts_at(shop, cutoff, engine)
    records = pq.read_table(folder / "truth" / "identities.parquet").to_pylist()
    owner = {one["source_customer_id"]: one["person_id"] for one in records}
    lost = pq.read_table(folder / "truth" / "carts.parquet").to_pylist()
    newest = {one["person_id"]: one for one in sorted(lost, key=_moment) if one["happened_at"] < cutoff}
    known = [(cart, newest[owner[who]]) for who, cart in told.items() if owner[who] in newest]
    same = [(cart, truth) for cart, truth in known if cart.products[:1] == (truth["product_id"],)]
    assert len(same) > 20 and len(same) >= 0.8 * len(told)
    assert all(cart.cause == CAUSES.get(truth["reason"], "cart") for cart, truth in same)


CAUSES = {"shipping_cost": "shipping", "payment_failed": "payment", "out_of_stock": "out_of_stock"}


def _moment(row):
    return row["happened_at"]
