"""Moments by hand: one a customer and day, what was dealt first, nothing only where no send went out."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from features.engine import opened
from features.spine import Spine
from tests.shops import make_shop
from training.data.decision_moments import moments_of

UNTIL = datetime(2026, 6, 1)


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2026, 4, number, hour)


def message(number: str, who: str, at: datetime, **more):
    return {"message_id": number, "customer_id": who, "happened_at": at, "channel": "mail", **more}


@pytest.fixture
def moments(tmp_path):
    sent = [
        message("1", "a", day(3), action="call", action_propensity=0.25, cost=2.0),
        message("2", "a", day(3, 15), action="note"),
        message("3", "b", day(3), arm="control", action="call", action_propensity=0.5),
        message("4", "b", day(9, 8), arm="control", action="call"),
        message("5", "b", day(9, 9), action="note"),
        message("6", "a", datetime(2026, 5, 25, 12), action="call"),  # its horizon is not over
        message("7", "c", day(3), action="call"),  # no training row tells of c
        message("8", "a", day(20), channel="sms"),  # nobody says what it was
    ]
    orders = [
        {"order_id": "o1", "customer_id": "a", "happened_at": day(4), "amount": 20},
        {"order_id": "o2", "customer_id": "a", "happened_at": day(5), "amount": -5},
        {"order_id": "o3", "customer_id": "a", "happened_at": day(17), "amount": 99},
        {"order_id": "o4", "customer_id": "b", "happened_at": day(10), "amount": 7},
    ]
    shop = make_shop(tmp_path, orders=orders, messages=sent)
    asked = [("a", day(1, 0)), ("b", day(1, 0)), ("a", day(8, 0)), ("b", day(8, 0))]
    spine = Spine.from_rows(pa.table({"customer_id": [who for who, _ in asked], "cutoff": [at for _, at in asked]}))
    with opened(None) as engine:
        return moments_of(shop, spine, UNTIL, 14, engine), spine


def test_one_moment_a_customer_and_day(moments):
    found, _ = moments
    told = list(zip(found.customer.tolist(), found.day.astype("datetime64[D]").astype(str), found.action, strict=True))
    assert told == [("a", "2026-04-03", "call"), ("b", "2026-04-03", "control"), ("b", "2026-04-09", "note")]
    assert (found.beside, found.unseen) == (1, 1)
    assert found.propensity[:2].tolist() == [0.25, 0.5] and np.isnan(found.propensity[2])
    assert found.cost.tolist() == [2.0, 0.0, 0.0]


def test_what_came_within_the_horizon_from_the_day_on(moments):
    found, _ = moments
    assert found.spend.tolist() == [15.0, 7.0, 7.0]
    assert found.ordered.tolist() == [1.0, 1.0, 1.0]


def test_what_was_known_is_the_newest_row_not_after_the_day(moments):
    found, spine = moments
    cutoffs = [spine.rows["cutoff"][int(row)].as_py() for row in found.row]
    assert cutoffs == [day(1, 0), day(1, 0), day(8, 0)]


def test_moments_within_a_horizon_share_an_outcome(moments):
    found, _ = moments
    assert found.overlap(14) == pytest.approx((1 + 2 + 2) / 3)
    assert found.overlap(6) == 1.0
