"""Rows that come sorted by part are written a part at a time, wherever a batch ends."""

import pyarrow as pa

from features.handed_out import PART, Batches, Work

PARTS = [2, 2, 2, 5, 7, 7]


def test_a_part_is_written_once_with_all_its_rows() -> None:
    written: dict[int, list[int]] = {}

    def write(part: int, rows: Batches) -> None:
        assert part not in written
        written[part] = [value for batch in rows for value in batch["value"].to_pylist()]

    rows = pa.table({"value": list(range(6)), PART: pa.array(PARTS, pa.int32())})
    for size in (1, 2, 4, 6):
        written.clear()
        told = list(Work(write).write_parts(iter([*rows.to_batches(size), *rows[:0].to_batches()])))
        assert written == {2: [0, 1, 2], 5: [3], 7: [4, 5]}
        assert [batch[PART].to_pylist() for batch in told] == [[2], [5], [7]]
    assert list(Work(write).write_parts(iter([]))) == []
