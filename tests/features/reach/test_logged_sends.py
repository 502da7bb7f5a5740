"""Sends drawn by lot, with what a person answered, as known; and the channel answered last."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.engine import DuckDB, opened
from features.reach.logged_sends import last_answered, logged_sends
from features.shop import Shop
from tests.shops import make_shop
from training.data.labels import answering_kinds

CUTOFF = datetime(2026, 6, 1)
UNTIL = CUTOFF + timedelta(days=28)


def _at(days: float) -> datetime:
    return CUTOFF + timedelta(days=days)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    def sent(name: str, days: float, channel: str, propensity: float | None) -> dict[str, Any]:
        return {"message_id": name, "customer_id": "a", "happened_at": _at(days), "channel": channel,
                "propensity": propensity}  # fmt: skip

    def came(name: str, kind: str, days: float, machine: bool = False, known: float | None = None) -> dict[str, Any]:
        known_at = _at(days if known is None else known)
        return {"message_id": name, "kind": kind, "happened_at": _at(days), "known_at": known_at, "is_machine": machine}

    messages = [sent("old", -5, "sms", 0.5), sent("1", 1, "email", 0.6), sent("2", 2, "sms", 0.4),
                sent("3", 3, "email", 0.6), sent("certain", 4, "email", 1.0), sent("unknown", 5, "email", None),
                sent("late", 30, "email", 0.6)]  # fmt: skip
    responses = [came("old", "click", -4), came("1", "open", 1.5, machine=True), came("2", "click", 2.5),
                 came("3", "click", 3.5, known=60), came("late", "click", 31)]  # fmt: skip
    orders = [{"order_id": "1", "customer_id": "a", "happened_at": _at(-9), "amount": 1}]
    return make_shop(tmp_path, orders=orders, messages=messages, responses=responses)


def test_only_sends_of_the_window_drawn_by_lot_count_with_answers_known_by_then(shop: Shop) -> None:
    found = logged_sends(shop, CUTOFF, 28, UNTIL, ("click", "convert")).to_pylist()
    assert [(row["channel"], row["propensity"], row["answered"]) for row in found] == [
        ("email", 0.6, False),
        ("sms", 0.4, True),
        ("email", 0.6, False),
    ]


def test_the_last_answer_is_a_persons_and_known_at_the_cutoff(shop: Shop) -> None:
    assert last_answered(shop, CUTOFF, ("open", "click")).to_pylist() == [{"customer_id": "a", "channel": "sms"}]
    assert last_answered(shop, _at(-4), ("click",)).num_rows == 0


def test_openings_count_only_where_no_click_is_ever_recorded(shop: Shop) -> None:
    with opened(DuckDB(threads=1)) as engine:
        assert answering_kinds(shop, CUTOFF, engine) == ("click", "convert")
        assert answering_kinds(shop, _at(-4), engine) == ("open", "click", "convert")
