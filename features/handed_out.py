"""What is done with a table's rows where they lie: in this process on DuckDB, on the executors on Spark.

The functions travel to executors by name with plain values beside them, so that whoever runs them has the same code.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol, runtime_checkable

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

PART = "_part"  # a column of int32 that tells where a row belongs, and is not written; no feature begins so
PART_ROWS = pa.schema([(PART, pa.int32())])
AT_ONCE = 16_384  # rows of a batch
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Work:
    """What is done with rows: answered as they come, then written a part at a time.

    Attributes
    ----------
    write : takes a part's number and its rows, sorted by customer and without the column `_part`; it reads all of them
    answer : makes other rows of some, in whatever order they come; None leaves them as they are
    answers : the columns that `answer` makes, `_part` and `customer_id` among them
    """

    write: Callable[[int, Batches], None]
    answer: Callable[[Batches], Batches] | None = None
    answers: pa.Schema | None = None

    def write_parts(self, rows: Batches) -> Batches:
        """Write rows that are sorted by part; afterwards tell the number of each that was written."""
        for part, own in groupby(_cut(rows), key=lambda piece: piece[0]):
            self.write(part, (piece for _, piece in own))
            yield pa.record_batch([pa.array([part], pa.int32())], schema=PART_ROWS)

    def do_here(self, rows: Batches) -> None:
        """Answer and write rows in this process."""
        for _ in self.write_parts(self.answer(rows) if self.answer else rows):
            pass


@runtime_checkable
class Executors(Protocol):
    """An engine whose rows lie in other processes."""

    def hand_out(self, rows: ir.Table, work: Work) -> None:
        """Compute rows in any order, and have the work done where they lie, sorted by part and customer."""
        ...


def _cut(batches: Batches) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches cut where a part ends, each piece with the part's number instead of the column."""
    for batch in batches:
        part = batch[PART].to_numpy()
        rows = batch.drop_columns([PART])
        edges = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(part)] if len(part) else []
        for start, end in pairwise(edges):
            yield int(part[start]), rows.slice(start, end - start)
