"""Rows that come in pieces of any size, as groups of one size: a file's bytes do not depend on how its rows came."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

GROUP = 65_536  # rows of a group in Parquet: what a reader holds at a time


def in_groups(parts: Iterable[pa.Table], rows: int = GROUP) -> Iterator[pa.Table]:
    """The same rows, in tables of as many as a group of Parquet rows has; the last may have fewer.

    Parameters
    ----------
    parts : at least one, alike in their columns
    """
    waiting: pa.Table | None = None
    for part in parts:
        waiting = part if waiting is None else pa.concat_tables([waiting, part])
        while len(waiting) > rows:
            yield waiting[:rows].combine_chunks()
            waiting = waiting[rows:]
    assert waiting is not None  # there is at least one part
    yield waiting.combine_chunks()
