"""What a call says of the moment counts: the open channel, the cart, the store; never against a refusal or a cap."""

import json

import numpy as np
import pytest

from decisions.actions import Action, Cap, Plan
from decisions.allocation.arms import NOTHING
from serving.snapshot.snapshot import open_snapshot
from tests.contract.conftest import no_preflight, own, worker_of  # noqa: F401
from tests.contract.test_writing import ORDER, ask
from tests.serving.tiny import CUTOFF, IDS, SHOP, TODAY, write_home, write_tiny_decisions

NOTE = Action("note", 0.0, assumed_effect=0.02)
RESCUE = Action("rescue", 0.0, because=("cart",), assumed_effect=0.2)
SHIP_FREE = Action("ship_free", 0.0, because=("shipping",), assumed_effect=0.2)
OTHER_ITEM = Action("other_item", 0.0, because=("out_of_stock",), assumed_effect=0.2)
PLAN = Plan((NOTE, RESCUE, SHIP_FREE, OTHER_ITEM))
VISIT = Action("visit", 0.0, within_km=5.0, assumed_effect=0.3)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return write_home(tmp_path_factory.mktemp("context"))


@pytest.fixture
def worker_with(own, worker_of):  # noqa: F811
    """Makes a worker whose night followed another plan."""

    def make(plan=PLAN):
        snapshot = open_snapshot(own / "snapshots" / SHOP)
        write_tiny_decisions(snapshot.folder, CUTOFF, np.asarray(snapshot.matrix), snapshot.facts, plan)
        return worker_of(own)

    return make


def acted(worker):
    """A customer of the policy's arm whom the night gives something, reachable by all channels."""
    night, facts = worker.watcher.live.decided, worker.watcher.live.snapshot.facts
    reached = (row for row in range(len(IDS)) if len(facts.channels_of(facts.allowed, row)) == 3)
    return next(IDS[row] for row in reached if int(night.of(row)["choice"]) != NOTHING)


def decided(worker, who, **body):
    return ask(worker, "decide", customer_ids=[who], **body)[0]


def cart_step(who, kind, **more):
    return {"customer_id": who, "happened_at": f"{TODAY}T09:00:00", "channel": "web", "kind": kind, **more}


def test_the_channel_now_open_is_taken_and_written_to_at_once(worker_with):
    worker = worker_with()
    who = acted(worker)
    for channel in ("email", "mail", "wechat"):
        told = decided(worker, who, context={"channel": channel})
        assert (told["action"], told["channel"]) == ("note", channel)
        assert told["receipt"]["context"] == {"channel": "preferred"}
        assert told["send_at"] < CUTOFF.isoformat() < decided(worker, who)["send_at"]


def test_an_open_channel_takes_consent_all_the_same(worker_with):
    worker = worker_with()
    facts = worker.watcher.live.snapshot.facts
    row = next(row for row in range(400) if facts.channels_of(facts.allowed, row) == ("mail", "wechat"))
    told = decided(worker, IDS[row], context={"channel": "email"})
    assert told["receipt"]["context"] == {"channel": "no_consent"} and told["channel"] != "email"
    ask(worker, "consent", customer_id=IDS[row], channel="email", purpose="contact", granted=True)
    told = decided(worker, IDS[row], context={"channel": "email"})
    assert told["receipt"]["context"] == {"channel": "preferred"}
    ask(worker, "consent", customer_id=IDS[row], channel="all", purpose="contact", granted=False)
    told = decided(worker, IDS[row], context={"channel": "email"})
    assert (told["action"], told["receipt"]["context"]) == ("leave_alone", {"channel": "no_consent"})


def test_an_open_channel_lifts_no_cap(worker_with):
    worker = worker_with(Plan((NOTE,), channel_caps={"email": Cap(week=1)}))
    who = acted(worker)
    ask(worker, "events", messages=[{**sent(who), "channel": "email"}])
    assert decided(worker, who, context={"channel": "email"})["channel"] in ("mail", "wechat")


def sent(who):
    return {"message_id": "m-new", "customer_id": who, "happened_at": ORDER["happened_at"]}


def test_a_channel_that_carries_no_messages_is_named(worker_with):
    worker = worker_with()
    who = acted(worker)
    told = decided(worker, who, context={"channel": "web"})
    assert told["receipt"]["context"] == {"channel": "carries_no_messages"}
    assert told["channel"] == decided(worker, who)["channel"]


@pytest.mark.parametrize(
    ("context", "cause", "action", "more"),
    [
        ({"cart": ["P1"]}, "cart", "rescue", {}),
        ({"cart": ["P1", "P2"]}, "out_of_stock", "other_item", {}),
        ({"cart": ["P1", "nobody-knows"]}, "cart", "rescue", {"unknown_products": 1}),
        ({"cart": ["P2"], "store_id": "S1"}, "out_of_stock", "other_item", {"store": "near"}),
        ({"cart": ["P1"], "store_id": "S9"}, "cart", "rescue", {"store": "unknown"}),
    ],
)
def test_a_cart_in_hand_is_the_cause(worker_with, context, cause, action, more):
    worker = worker_with()
    told = decided(worker, acted(worker), context=context)
    assert (told["cause"], told["action"]) == (cause, action)
    assert told["receipt"]["context"] == {"cart": cause, **more}


def test_a_cart_just_left_tells_why(worker_with):
    worker = worker_with()
    who = acted(worker)
    left = cart_step(who, "abandon", cart_id="k", reason="shipping_cost")
    assert decided(worker, who, events={"touchpoints": [left]})["action"] == "ship_free"
    assert decided(worker, who)["action"] == "note"  # it counted in that call alone
    ask(worker, "events", touchpoints=[left])
    assert decided(worker, who)["cause"] == "shipping"
    bought = {**ORDER, "customer_id": who, "happened_at": f"{TODAY}T09:30:00"}
    assert decided(worker, who, events={"orders": [bought]})["cause"] != "shipping"


def test_a_store_the_customer_is_in_is_near(worker_with):
    worker = worker_with(Plan((VISIT,)))
    night = worker.watcher.live.decided
    row = next(row for row in range(400) if int(night.of(row)["choice"]) != NOTHING)
    records = np.load(worker.watcher.live.snapshot.folder / "decided.npy", mmap_mode="r+")
    records["near"][row] = False
    records.flush()
    away = decided(worker, IDS[row], context={"store_id": "S9"})
    assert (away["action"], away["receipt"]["removed"]) == ("leave_alone", {"visit": "no_store_near"})
    here = decided(worker, IDS[row], context={"store_id": "S2"})
    assert (here["action"], here["receipt"]["context"]) == ("visit", {"store": "near"})


def test_the_same_moment_gets_the_same_decision_and_no_context_the_nights(worker_with):
    worker = worker_with()
    who = acted(worker)
    night = decided(worker, who)
    first, again = (decided(worker, who, context={"cart": ["P1"]})["decision_id"] for _ in range(2))
    assert first == again != night["decision_id"]
    assert decided(worker, who, context={})["decision_id"] == night["decision_id"]


def test_what_was_said_is_logged(worker_with):
    worker = worker_with()
    who = acted(worker)
    decided(worker, who, context={"cart": ["P2"], "channel": "mail", "store_id": "S1"})
    decided(worker, who)
    worker.decisions.close()
    rows = [json.loads(text) for (text,) in worker.state.read("SELECT row FROM decisions ORDER BY seq")]
    assert rows[0]["context"] == {"cart": ["P2"], "channel": "mail", "store_id": "S1"} and "context" not in rows[1]
