"""Rows are the same, and groups of one size, however they come."""

import pyarrow as pa
import pytest

from operations.row_groups import in_groups

ROWS = pa.table({"number": list(range(25))})


@pytest.mark.parametrize("size", [1, 7, 10, 25])
def test_groups_do_not_depend_on_pieces(size: int) -> None:
    found = list(in_groups((ROWS[start : start + size] for start in range(0, 25, size)), 10))
    assert [len(group) for group in found] == [10, 10, 5]
    assert pa.concat_tables(found).combine_chunks() == ROWS


def test_of_no_rows_there_is_one_group() -> None:
    assert [len(group) for group in in_groups([ROWS[:0]], 10)] == [0]
