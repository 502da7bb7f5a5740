from datetime import datetime

import pyarrow as pa
import pytest

from features.errors import CutoffError
from features.spine import SCHEMA, Spine
from tests.shops import make_shop

JUNE, JULY = datetime(2026, 6, 1), datetime(2026, 7, 1)


def order(customer: str, day: datetime, known: datetime | None = None, **more: object) -> dict[str, object]:
    return (
        {"order_id": f"{customer}{day}", "customer_id": customer, "happened_at": day, "amount": 5}
        | ({"known_at": known} if known else {})
        | more
    )


def customers(spine: Spine) -> list[tuple[str, datetime]]:
    return [(row["customer_id"], row["cutoff"]) for row in spine.rows.to_pylist()]


def test_rows_are_sorted_by_cutoff_and_unique():
    rows = pa.table([["b", "a", "b", "b"], [JULY, JULY, JUNE, JULY]], schema=SCHEMA)
    assert customers(Spine.from_rows(rows)) == [("b", JUNE), ("a", JULY), ("b", JULY)]


def test_a_cutoff_that_is_no_midnight_is_refused_with_the_remedy():
    with pytest.raises(CutoffError, match=r"cutoff 2026-06-01 09:30 is not a midnight.*Use 2026-06-01\."):
        Spine.of(["a"], [JUNE.replace(hour=9, minute=30)])


def test_active_needs_an_order_in_the_window_that_was_known(tmp_path):
    shop = make_shop(
        tmp_path,
        orders=[
            order("in time", datetime(2026, 5, 31, 23, 59)),
            order("first moment", datetime(2026, 5, 2)),
            order("too old", datetime(2026, 5, 1, 23, 59)),
            order("known late", datetime(2026, 5, 20), known=JUNE),
            order("cutoff's own day", JUNE),
            order("only returned", datetime(2026, 5, 20), kind="return", amount=-5),
        ],
    )
    assert customers(Spine.active(shop, [JUNE], 30)) == [("first moment", JUNE), ("in time", JUNE)]
    assert len(Spine.ever(shop, JULY)) == 5


def test_guests_are_never_asked(tmp_path):
    shop = make_shop(tmp_path, orders=[order("a", JUNE), order("b", JUNE) | {"customer_id": None}])
    assert customers(Spine.ever(shop, JULY)) == [("a", JULY)]
