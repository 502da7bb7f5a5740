"""What one more or one fewer is worth, beside plain means."""

from datetime import timedelta
from pathlib import Path

import ibis
import numpy as np
import pytest

from insights.episodes.daily import DailySeries
from insights.episodes.worth import worth_of
from insights.known import Period, known_shop
from tests.insights.episodes.broken_checkout import AT, FIRST, broken_checkout
from tests.shops import make_shop

NO_ROWS = ibis.table({"day": "timestamp", "person": "string", "part": "int64", "whole": "int64"}, name="none")


def test_each_thing_has_its_price(tmp_path: Path) -> None:
    tables = broken_checkout()
    for number, row in enumerate(tables["orders"]):
        row["amount"] = 40.0 + number % 3
    who = sorted({row["customer_id"] for row in tables["orders"]})[:100]
    sent = [{"message_id": f"m{one}", "customer_id": one, "channel": "email", "happened_at": FIRST} for one in who]
    led = [{"message_id": f"m{one}", "kind": "convert", "happened_at": FIRST + timedelta(days=1)} for one in who[:30]]
    with known_shop(make_shop(tmp_path, **tables, messages=sent, responses=led), AT) as known:
        worth = worth_of(known, Period(FIRST, AT))

    def each(what: str, **place: str) -> float | None:
        return worth.each(DailySeries(what, tuple(place.items()), np.zeros(1), np.zeros(1), NO_ROWS))

    mean = np.mean([row["amount"] for row in tables["orders"]])
    kinds = [row["kind"] for row in tables["touchpoints"]]
    visits, checkouts, paid = (kinds.count(kind) for kind in ("visit", "begin_checkout", "purchase"))
    assert each("payment_failures", channel="web") == pytest.approx(-mean)
    assert each("orders", channel="web") == pytest.approx(mean)
    assert each("traffic", channel="web") == pytest.approx(mean * paid / visits)
    assert each("steps", channel="web", step="cart") == pytest.approx(mean * paid / checkouts)
    assert each("consents", channel="email") == pytest.approx(-mean * 30 / 100)
    assert each("lines", department="tea") is None and each("cases", topic="refund") is None
