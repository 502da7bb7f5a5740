import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.errors import CutoffError
from features.spine import SCHEMA, Spine
from tests.shops import make_shop

ROOT = Path(__file__).parents[2]
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


WITHOUT_ROOM = """
import os, resource, pyarrow.acero
from datetime import datetime
from features.spine import Spine
pages = int(open("/proc/self/statm").read().split()[0])
room = pages * resource.getpagesize() + 3 * 2**20  # less than a thread's stack
resource.setrlimit(resource.RLIMIT_AS, (room, room))
print(len(Spine.of(["b", "a", "b"], [datetime(2026, 6, 1)])))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is set beside what Linux says is taken")
def test_a_spine_is_made_where_no_thread_can_be_started():
    """Arrow loses a task whose thread cannot start, and waits for it."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stdout == "2\n", ended.stderr
