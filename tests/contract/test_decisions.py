"""The night's decision answers a call until the customer does something; then a new one, under the night's prices."""

import pytest

from decisions.allocation.arms import NOTHING
from tests.contract.test_writing import ORDER, ask
from tests.serving.tiny import IDS


def decided(worker, who):
    return ask(worker, "decide", customer_ids=[who])[0]


@pytest.fixture
def two(own, worker_of):
    return worker_of(own), worker_of(own)


@pytest.fixture
def acted(two):
    """A customer whom the night gives something."""
    records = two[0].watcher.live.decided
    return next(who for row, who in enumerate(IDS) if int(records.of(row)["choice"]) != NOTHING)


def test_both_workers_and_every_call_give_the_nights_decision(two, acted):
    first = decided(two[0], acted)
    assert first["action"] == "win_back_voucher"
    assert [decided(worker, acted)["decision_id"] for worker in two] == [first["decision_id"]] * 2


def test_after_an_order_it_is_decided_anew_under_the_same_prices(two, acted):
    before = decided(two[0], acted)
    ask(two[0], "events", orders=[{**ORDER, "customer_id": acted, "order_id": "anew"}])
    after = [decided(worker, acted) for worker in two]
    assert after[0]["decision_id"] == after[1]["decision_id"] != before["decision_id"]
    assert after[0]["receipt"]["prices"] == before["receipt"]["prices"]
    assert after[0]["arm"] == before["arm"]


def test_a_send_since_the_night_starts_the_cool_down(two, acted):
    before = decided(two[0], acted)
    sent = {
        "message_id": "since",
        "customer_id": acted,
        "happened_at": ORDER["happened_at"],
        "channel": before["channel"],
    }
    ask(two[0], "events", messages=[{**sent, "action": before["action"]}])
    after = decided(two[1], acted)
    assert (after["action"], after["receipt"]["removed"]) == ("leave_alone", {before["action"]: "cooldown"})


def test_an_objection_takes_the_channel_away_at_once(two, acted):
    before = decided(two[0], acted)
    ask(two[0], "consent", customer_id=acted, channel=before["channel"], purpose="contact", granted=False)
    after = decided(two[1], acted)
    assert after["channel"] != before["channel"]
    assert after["decision_id"] != before["decision_id"]
    assert decided(two[0], acted)["decision_id"] == after["decision_id"]


def test_the_holdout_is_left_alone_whatever_happens(two):
    night = two[0].watcher.live.decided
    held = next(who for row, who in enumerate(IDS) if int(night.of(row)["arm"]) == 2)
    ask(two[0], "events", orders=[{**ORDER, "customer_id": held, "order_id": "held"}])
    told = decided(two[0], held)
    assert (told["action"], told["arm"], told["receipt"]["removed"]) == (
        "leave_alone", "holdout", {"win_back_voucher": "holdout"},
    )  # fmt: skip
