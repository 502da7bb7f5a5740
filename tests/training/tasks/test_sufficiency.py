"""What a shop's data allow is said with numbers, before anything is trained."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from features.shop import Shop
from tests.shops import make_shop
from training.tasks.sufficiency import sufficiency

UNTIL = datetime(2026, 1, 1)


def _shop(folder: Path, customers: int = 20, **tables: Any) -> Shop:
    """Customers who order every ten days for a year; every second one stops half-way."""
    orders = []
    for customer in range(customers):
        days = range(customer % 10, 180 if customer % 2 else 360, 10)
        orders += [
            {"order_id": f"{customer}-{day}", "customer_id": str(customer), "amount": 5,
             "happened_at": datetime(2025, 1, 2, 12) + timedelta(days=day), "channel": ("web", "store")[day // 10 % 2]}
            for day in days
        ]  # fmt: skip
    return make_shop(folder, orders=orders, **tables)


def test_model_kinds_say_how_many_outcomes_are_missing(tmp_path: Path) -> None:
    found = sufficiency(_shop(tmp_path), UNTIL)
    assert found.proposal.horizon_days == 28
    assert found.model_kinds["rules"] == ""
    assert "500 of each are needed" in found.model_kinds["gradient_boosting"]
    assert (found.customers, found.folds) == (10, 5)


def test_questions_of_channels_name_what_is_missing(tmp_path: Path) -> None:
    message = {"message_id": "m", "customer_id": "1", "happened_at": datetime(2025, 5, 1), "channel": "mail"}
    response = {"message_id": "m", "kind": "open", "happened_at": datetime(2025, 5, 2)}
    found = sufficiency(_shop(tmp_path, messages=[message], responses=[response]), UNTIL).channels
    assert found["purchase"] == ""
    assert found["promotion"] == "needs order_lines with in_mailer, on_display, with_coupon"
    assert found["contact by mail, learned"].startswith("1 sends to 1 customers; 5,000 to 1,000 are needed")


def test_the_next_step_needs_touchpoints(tmp_path: Path) -> None:
    (tmp_path / "touched").mkdir()
    touch = {"customer_id": "c1", "happened_at": UNTIL - timedelta(days=9), "channel": "web", "kind": "visit"}
    assert sufficiency(_shop(tmp_path), UNTIL).steps == {"first touch": "needs touchpoints"}
    assert sufficiency(_shop(tmp_path / "touched", touchpoints=[touch]), UNTIL).steps == {"first touch": ""}
