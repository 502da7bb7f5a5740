"""What had arrived, and what came late, as a row by row reading of the calendar says."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pytest

from features.engine import opened
from features.promises import deliveries_known
from tests.shops import make_shop

PLACED = datetime(2026, 3, 3, 14, 30)
CUTOFF = datetime(2026, 3, 20)


def arrived(tmp_path: Path, **columns: Any) -> list[tuple[Any, ...]]:
    row = {"order_id": "1", "customer_id": "a", "happened_at": PLACED, "amount": 5, **columns}
    shop = make_shop(tmp_path, orders=[row])
    with opened(None) as engine:
        orders = engine.read(shop.path("orders"))
        rows = deliveries_known(orders, ibis.literal(CUTOFF, "timestamp(6)"))
        found = engine.arrow(rows.select("happened_at", "late", "days")).to_pylist()
    return [tuple(row.values()) for row in found]


@pytest.mark.parametrize(
    ("promised", "came", "late", "days"),
    [
        (datetime(2026, 3, 6), datetime(2026, 3, 6, 23, 59), False, 3),  # a bare date is kept all day
        (datetime(2026, 3, 6), datetime(2026, 3, 7, 0, 1), True, 4),
        (datetime(2026, 3, 6, 12), datetime(2026, 3, 6, 12), False, 3),
        (datetime(2026, 3, 6, 12), datetime(2026, 3, 6, 12, 1), True, 3),
        (datetime(2026, 3, 6, 12), datetime(2026, 3, 6), False, 3),  # a day alone proves no hour
        (None, datetime(2026, 3, 6), None, 3),
        (datetime(2026, 3, 2), datetime(2026, 3, 6), None, 3),  # promised before it was ordered
        (datetime(2026, 3, 3), datetime(2026, 3, 3), False, 0),  # both are days alone, the order's own
    ],
)
def test_late_is_what_came_after_its_promise(
    tmp_path: Path, promised: datetime | None, came: datetime, late: bool | None, days: int
) -> None:
    assert arrived(tmp_path, promised_at=promised, delivered_at=came) == [(came, late, days)]


@pytest.mark.parametrize(
    "columns",
    [
        {"delivered_at": CUTOFF},  # the row tells of it already, but at the cutoff it had not arrived
        {"delivered_at": CUTOFF + timedelta(days=3)},
        {"delivered_at": None},
        {"delivered_at": PLACED - timedelta(days=1)},
        {"delivered_at": PLACED, "fulfilment": "in_store"},
        {"delivered_at": PLACED, "amount": -5},
    ],
)
def test_what_is_no_delivery_yet_is_none(tmp_path: Path, columns: dict[str, Any]) -> None:
    assert arrived(tmp_path, promised_at=None, **columns) == []
