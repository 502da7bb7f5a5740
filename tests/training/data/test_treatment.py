"""Treated is who was sent something in the window, or decided about and not left alone; withheld is not."""

from datetime import datetime, timedelta

import pytest

from features.engine import opened
from features.spine import Spine
from tests.shops import make_shop
from training.data.treatment import treated

AT = datetime(2026, 5, 1)
WHO = ("before", "sent", "held", "after", "decided", "alone", "withheld")
BOTH = ("messages", "decisions")


def day(days):
    return AT + timedelta(days=days, hours=9)


def sent(who, days, arm="policy"):
    return {"message_id": who, "customer_id": who, "happened_at": day(days), "channel": "mail", "arm": arm}


def decided(who, action, arm="policy"):
    return {"decision_id": who, "customer_id": who, "happened_at": day(3), "action": action, "arm": arm}


ORDERS = [{"order_id": one, "customer_id": one, "happened_at": day(-9), "amount": 5} for one in WHO]
MESSAGES = [sent("before", -1), sent("sent", 0), sent("held", 1, "control"), sent("after", 28)]
DECISIONS = [decided("decided", "note"), decided("alone", "leave_alone"), decided("withheld", "note", "control")]


@pytest.mark.parametrize(
    ("tables", "by", "expected"),
    [
        ({"messages": MESSAGES}, BOTH, {"sent"}),
        ({"decisions": DECISIONS}, BOTH, {"decided"}),
        ({"messages": MESSAGES, "decisions": DECISIONS}, BOTH, {"sent", "decided"}),
        ({"messages": MESSAGES, "decisions": DECISIONS}, ("messages",), {"sent"}),
    ],
)
def test_whom_sends_and_decisions_reached_within_the_window(tmp_path, tables, by, expected):
    shop = make_shop(tmp_path, orders=ORDERS, **tables)
    with opened(None) as engine:
        found = treated(shop, Spine.of(WHO, [AT]), 28, AT + timedelta(days=40), engine, by=by)
    assert found is not None
    assert {who for who, acted in zip(sorted(WHO), found, strict=True) if acted} == expected


def test_without_sends_and_decisions_nobody_can_tell(tmp_path):
    shop = make_shop(tmp_path, orders=ORDERS)
    with opened(None) as engine:
        assert treated(shop, Spine.of(WHO, [AT]), 28, AT + timedelta(days=40), engine, by=BOTH) is None
