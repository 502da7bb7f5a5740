"""A shop as known at a cutoff: late rows are not there yet, and a person's records are one."""

from datetime import datetime, timedelta
from pathlib import Path

from insights.known import Period, known_shop
from tests.shops import make_shop

DAY = datetime(2026, 2, 1)
ORDERS = [
    {"order_id": "1", "customer_id": "a", "happened_at": DAY, "amount": 5},
    {"order_id": "2", "customer_id": "b", "happened_at": DAY, "known_at": DAY + timedelta(days=9), "amount": 5},
    {"order_id": "3", "customer_id": "b", "happened_at": DAY + timedelta(days=1), "amount": -5},
]
CARDS = [
    {"source": "till", "source_customer_id": who, "kind": "card", "value": "x", "happened_at": DAY} for who in "ab"
]


def test_rows_that_came_late_are_not_there_yet(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS)
    for days, orders in ((0, []), (5, ["1"]), (9, ["1"]), (10, ["1", "2"])):
        with known_shop(shop, DAY + timedelta(days=days)) as known:
            assert sorted(known.engine.arrow(known.orders)["order_id"].to_pylist()) == orders
            assert known.first == (DAY if orders else known.at)


def test_records_of_one_person_are_one(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS, identities=CARDS)
    with known_shop(shop, DAY + timedelta(days=10)) as known:
        assert set(known.engine.arrow(known.rows("orders"))["customer_id"].to_pylist()) == {"a"}


def test_a_period_holds_its_beginning_and_not_its_end(tmp_path: Path) -> None:
    period = Period(DAY, DAY + timedelta(days=1))
    assert period.days == 1
    with known_shop(make_shop(tmp_path, orders=ORDERS), DAY + timedelta(days=30)) as known:
        rows = known.rows("orders")
        assert sorted(known.engine.arrow(rows.filter(period.holds(rows)))["order_id"].to_pylist()) == ["1", "2"]


def test_what_a_shop_gives(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, orders=ORDERS), DAY) as known:
        assert known.has("orders", "amount")
        assert not known.has("orders", "channel")
        assert not known.has("touchpoints")
