"""A cart is saved by the nearest store that has the item, else by a substitute, else by a reminder."""

from dataclasses import replace

import numpy as np
import pytest

from decisions.actions import Action, Plan
from decisions.allowed.cart import LeftCart
from decisions.receipts import decision_id
from serving.snapshot.candidates import write_candidates
from serving.snapshot.shelves import write_shelves
from serving.snapshot.snapshot import open_snapshot
from tests.contract.conftest import own, worker_of  # noqa: F401
from tests.contract.test_writing import ORDER, ask
from tests.serving.calls.test_context import acted, cart_step, home  # noqa: F401
from tests.serving.tiny import CUTOFF, IDS, SHOP, TODAY, tiny_candidates, write_tiny_decisions

SAVE = Action("save_cart", 0.0, because=("cart", "out_of_stock"), within_km=10.0, assumed_effect=0.2)
NOTE = Action("note", 0.0, assumed_effect=0.01)


@pytest.fixture
def worker(own, worker_of):  # noqa: F811
    """P2 is nowhere, P1 in S1, P3 in both; P2 and P4 are of a kind."""
    snapshot = open_snapshot(own / "snapshots" / SHOP)
    write_tiny_decisions(snapshot.folder, CUTOFF, np.asarray(snapshot.matrix), snapshot.facts, Plan((SAVE, NOTE)))
    write_shelves(
        snapshot.folder, {"S1": (31.2, 121.4), "S2": (31.25, 121.4)}, [("S1", "P1"), ("S1", "P3"), ("S2", "P3")]
    )
    tables = tiny_candidates(len(IDS))
    groups = tables.groups.copy()
    groups[[2, 4]] = 7
    write_candidates(snapshot.folder, replace(tables, groups=groups))
    return worker_of(own)


def saving(worker, who, **body):
    told = ask(worker, "decide", customer_ids=[who], **body)[0]
    return told["action"], told.get("rescue")


def test_the_store_the_customer_stands_in(worker):
    who = acted(worker)
    found = saving(worker, who, context={"cart": ["P3"], "store_id": "S2"})
    assert found == ("save_cart", {"way": "store", "product_id": "P3", "instead_of": None, "store_id": "S2", "km": 0.0})


def test_the_nearest_store_within_reach(worker, monkeypatch):
    from serving.calls import predict

    values = predict.values
    monkeypatch.setattr(predict, "values", lambda *given: {**values(*given), "latitude": 31.24, "longitude": 121.4})
    who = acted(worker)
    assert saving(worker, who, context={"cart": ["P3"]})[1] == {
        "way": "store", "product_id": "P3", "instead_of": None, "store_id": "S2", "km": 1.1,
    }  # fmt: skip
    assert saving(worker, who, context={"cart": ["P1"]})[1]["store_id"] == "S1"
    monkeypatch.setattr(predict, "values", lambda *given: {**values(*given), "latitude": 39.9, "longitude": 116.4})
    assert saving(worker, who, context={"cart": ["P3"]})[1]["way"] == "reminder"


def test_a_substitute_of_its_kind_for_what_nobody_has(worker):
    found = saving(worker, acted(worker), context={"cart": ["P2"]})
    assert found[1] == {"way": "substitute", "product_id": "P4", "instead_of": "P2", "store_id": None, "km": None}


def test_a_reminder_of_the_newest_item_put_into_a_cart_and_left(worker):
    who = acted(worker)
    steps = [
        cart_step(who, "add_to_cart", product_id="P5"),
        {**cart_step(who, "add_to_cart", product_id="P6"), "happened_at": f"{TODAY}T09:05:00"},
        {**cart_step(who, "abandon"), "happened_at": f"{TODAY}T09:10:00"},
    ]
    assert saving(worker, who, events={"touchpoints": steps})[1]["product_id"] == "P6"
    bought = {**ORDER, "customer_id": who, "happened_at": f"{TODAY}T09:30:00"}
    assert saving(worker, who, events={"touchpoints": steps, "orders": [bought]})[1] is None


def test_without_a_cart_there_is_nothing_to_save(worker):
    assert saving(worker, acted(worker)) == ("note", None)
    assert saving(worker, acted(worker), context={"channel": "mail"})[1] is None


def test_a_cart_left_before_the_night_is_saved_until_it_is_bought(own, worker, worker_of):  # noqa: F811
    who = acted(worker)
    snapshot = open_snapshot(own / "snapshots" / SHOP)
    carts = {IDS.index(who): LeftCart("out_of_stock", ("P2", "P5"))}
    facts, matrix = snapshot.facts, np.asarray(snapshot.matrix)
    write_tiny_decisions(snapshot.folder, CUTOFF, matrix, facts, Plan((SAVE, NOTE)), carts=carts)
    worker = worker_of(own)
    told = ask(worker, "decide", customer_ids=[who])[0]
    night = worker.watcher.live.decided
    assert told["decision_id"] == decision_id(who, CUTOFF, night.setting.arm_key)  # the night's own
    assert (told["action"], told["cause"]) == ("save_cart", "out_of_stock")
    assert told["rescue"] == {
        "way": "substitute", "product_id": "P4", "instead_of": "P2", "store_id": None, "km": None,
    }  # fmt: skip
    seen = {"touchpoints": [cart_step(who, "visit")]}
    assert saving(worker, who, events=seen)[1] == told["rescue"]  # decided anew, the cart is still open
    bought = {**ORDER, "customer_id": who, "happened_at": f"{TODAY}T09:30:00"}
    assert saving(worker, who, events={"orders": [bought]})[1] is None
    other = next(one for one in IDS if one != who)
    assert "rescue" not in ask(worker, "decide", customer_ids=[other])[0]
