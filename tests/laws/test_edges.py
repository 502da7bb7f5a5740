"""The fixed world of the laws has a row on each end of every window, and the ends count as the contract says."""

from datetime import timedelta

from features.spine import Spine
from tests.laws.conftest import World
from tests.laws.histories import COLUMNS, CUSTOMERS, CUTOFFS, edges
from tests.laws.worlds import customers, rows_of

WINDOWS = sorted({column.days for column in COLUMNS if column.days})


def test_every_window_has_a_row_at_its_start_and_one_a_microsecond_before():
    given = edges()
    for table in ("orders", "messages", "touchpoints", "tickets", "consents", "responses"):
        moments = {row["happened_at"] for row in given[table]}
        for cutoff in CUTOFFS:
            for days in (0, *WINDOWS):
                start = cutoff - timedelta(days=days)
                assert {start, start - timedelta(microseconds=1)} <= moments, (table, days)


def test_the_start_of_a_window_counts_and_its_end_does_not(world: World):
    """Of a window's pair at its own start one order counts, of the pair at the cutoff the one before it."""
    mine = customers(world.count)[-len(CUSTOMERS) :]
    for who, cutoff in zip(mine, CUTOFFS, strict=True):
        (row,) = rows_of(world.batch, Spine.of([who], [cutoff])).to_pylist()
        for column in COLUMNS:
            if column.feature.name == "orders" and column.days:
                inside = sum(2 for days in WINDOWS if days < column.days) + 1
                assert row[column.name] == inside + 1, column.name
