"""Decisions by hand: what was left to lot tells moments, what was certain does not; lots must mix several actions."""

import json
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from features.engine import opened
from features.spine import Spine
from tests.shops import make_shop
from training.data.dealt_by_decision import NOTHING, dealt_by_decisions
from training.data.decision_moments import moments_of

UNTIL = datetime(2026, 6, 1)


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 4, number, hour)


def decision(number: str, who: str, at: datetime, action: str, propensity: float | None = 0.9, **more):
    removed = {"call": "cooldown", "note": "worth_less", "voucher": "holdout"}
    receipt = json.dumps({"removed": {name: rule for name, rule in removed.items() if name != action}, "prices": {}})
    return {"decision_id": number, "customer_id": who, "happened_at": at, "action": action, "arm": "policy",
            "cost": 0.0 if action == "leave_alone" else 0.5, "receipt": receipt,
            **({} if propensity is None else {"propensity": propensity}), **more}  # fmt: skip


def dealt(tmp_path, decisions, messages=()):
    shop = make_shop(tmp_path, decisions=decisions, **({"messages": list(messages)} if messages else {}), orders=[
        {"order_id": "o1", "customer_id": "a", "happened_at": day(4), "amount": 20}])  # fmt: skip
    with opened(None) as engine:
        return shop, dealt_by_decisions(shop, datetime(2026, 5, 1), UNTIL, engine)


def test_what_was_dealt_with_its_probability_and_what_could_have_been(tmp_path):
    _, found = dealt(tmp_path, [
        decision("1", "a", day(3), "note"),
        decision("2", "b", day(3), "leave_alone", 0.05, arm="holdout"),
        decision("3", "c", day(3), "leave_alone", 1.0),
        decision("4", "d", day(3), "leave_alone", None, receipt=None),
        decision("5", "e", datetime(2026, 5, 2), "note"),
    ])  # fmt: skip
    told = [(one["customer_id"], one["action"], one["action_propensity"], one["possible"]) for one in found.rows[:2]]
    assert told == [("a", "note", 0.9, {"note", "voucher"}), ("b", NOTHING, 0.05, {"leave_alone", "note", "voucher"})]
    assert found.rows[2]["possible"] is None and np.isnan(found.rows[2]["action_propensity"])
    assert (found.certain, found.since, len(found.numbers)) == (1, day(3), 4)


def test_the_first_action_of_a_day_is_its_moment(tmp_path):
    _, found = dealt(tmp_path, [
        decision("1", "a", day(3), "leave_alone"),
        decision("2", "a", day(3, 15), "note"),
        decision("3", "a", day(3, 18), "note", 0.4),
    ])  # fmt: skip
    assert [(one["action"], one["action_propensity"]) for one in found.rows] == [("note", 0.9)]


def test_a_send_that_was_withheld_makes_a_decision_nothing(tmp_path):
    held = {"message_id": "m", "customer_id": "a", "happened_at": day(3, 9), "channel": "mail", "arm": "control",
            "decision_id": "1", "action_propensity": 0.1}  # fmt: skip
    _, found = dealt(tmp_path, [decision("1", "a", day(3), "note")], [held])
    assert [(one["action"], one["action_propensity"], one["cost"]) for one in found.rows] == [(NOTHING, 0.1, 0.0)]


@pytest.mark.parametrize(("arm", "left"), [("policy", 3), ("explore", 0)])
def test_several_actions_without_an_option_by_lot_tell_nothing(tmp_path, arm, left):
    _, found = dealt(tmp_path, [
        decision("1", "a", day(3), "note"),
        decision("2", "b", day(3), "voucher"),
        decision("3", "c", day(3), "leave_alone", 0.05, arm="holdout" if arm == "policy" else arm),
    ])  # fmt: skip
    assert (found.unmixed, len(found.rows)) == (left, 3 - left)


def test_messages_tell_moments_before_the_first_decision_only(tmp_path):
    sent = [{"message_id": str(at), "customer_id": "a", "happened_at": day(at, 9), "channel": "mail", "action": "call",
             "arm": "policy"} for at in (2, 3, 8)]  # fmt: skip
    shop, _ = dealt(tmp_path, [decision("1", "a", day(3), "note")], sent)
    spine = Spine.from_rows(pa.table({"customer_id": ["a"], "cutoff": [day(1)]}))
    with opened(None) as engine:
        moments = moments_of(shop, spine, UNTIL, 14, engine)
    assert moments.action.tolist() == ["call", "note"]
    assert (moments.decided, moments.spend.tolist()) == (1, [20.0, 20.0])
    assert moments.could(["control", "call", "note"]).tolist() == [[True, True, True], [True, False, True]]
