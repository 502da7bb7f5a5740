"""Events and decisions that the service's database need not hold any more lie in Parquet files instead.

What lies there counts as before: the night takes archived events in with those of the database, and an erasure reaches
them. Only whoever removes the files forgets them.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.files import replacing
from features.shop import Shop
from features.tables import SAME
from operations import home
from serving.state.database import State
from serving.state.decisions import remove_decisions
from serving.state.deliver import CORRECTS, forget_moved, said, told_by
from serving.state.received import Written

_AT_ONCE = 5_000  # rows moved in one transaction, so that nobody who writes waits for long
_TEXT = pa.string()
_TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    "events": {"seq": pa.int64(), "ledger": _TEXT, "customer_id": _TEXT, "row": _TEXT},
    "decisions": {"seq": pa.int64(), "customer_id": _TEXT, "decided_at": _TEXT, "row": _TEXT},
}
_Key = tuple[tuple[str, ...], tuple[Any, ...]]  # columns that tell a row apart, and what they say
_CLOCKS = {"events": "json_extract(row, '$.known_at')", "decisions": "decided_at"}


def move_old(shop: Shop, state: State, cutoff: datetime, *, events_until: int, looked_back: int) -> dict[str, int]:
    """Move what is older than [retention] says from the database to files; the caller holds the files' lock.

    Parameters
    ----------
    events_until : number of the last event that the night took in; none after it moves
    looked_back : days for which decisions are asked for, whatever shop.toml says

    Returns
    -------
    dict        "events" and "decisions" → rows moved
    """
    settings = shop.settings
    old = {
        "events": (cutoff - timedelta(days=settings.keep_events_days), events_until),
        "decisions": (cutoff - timedelta(days=max(settings.keep_decisions_days, looked_back)), 2**62),
    }
    return {table: _move(state, home.archive(shop), table, before, last) for table, (before, last) in old.items()}


def _move(state: State, folder: Path, table: str, before: datetime, last: int) -> int:
    for path in _files(folder, table)[-1:]:  # one that was killed after writing had not removed them yet
        _remove(state, table, pq.read_table(path))
    columns, moved = _TABLES[table], 0
    older = f"seq <= ? AND {_CLOCKS[table]} < ? ORDER BY seq LIMIT {_AT_ONCE}"
    asked = f"SELECT {', '.join(columns)} FROM {table} WHERE {older}"
    schema = pa.schema(list(columns.items()))
    while rows := state.read(asked, (last, before.isoformat())):
        found = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=schema)
        first, until = rows[0][0], rows[-1][0]
        with replacing(folder / f"{table}-{first:012}-{until:012}.parquet") as part:
            pq.write_table(found, part, compression="zstd")
        _remove(state, table, found)
        moved += len(rows)
    return moved


def _remove(state: State, table: str, moved: pa.Table) -> None:
    with state.transaction() as con:
        if table == "events":
            forget_moved(con, ((one["seq"], one["ledger"], json.loads(one["row"])) for one in moved.to_pylist()))
        else:
            remove_decisions(con, moved["seq"].to_pylist())


def _files(folder: Path, table: str) -> list[Path]:
    return sorted(folder.glob(f"{table}-*.parquet"))


@dataclass(frozen=True)
class WithArchived(Written):
    """What callers wrote, archived events first."""

    archived: tuple[Path, ...] = ()

    def batches(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """As those of the database; an archived row that was corrected since is left out."""
        latest = self._corrected(table)
        for path in self.archived:
            rows = [row for number, row in _rows_of(path, table) if latest.get(_key(table, row), number) <= number]
            if rows:
                yield rows
        yield from super().batches(table)

    def _corrected(self, table: str) -> dict[_Key, float]:
        """What was corrected → the number of its latest correction; infinite where the database holds that."""
        found: dict[_Key, float] = {
            _key(table, row): number
            for path in self.archived
            for number, row in _rows_of(path, table)
            if CORRECTS in row
        }
        for rows in super().batches(table):
            found |= {_key(table, row): math.inf for row in rows if CORRECTS in row}
        return found


def _rows_of(path: Path, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = pq.read_table(path, columns=["seq", "ledger", "row"], filters=[("ledger", "=", table)])
    for number, text in zip(rows["seq"].to_pylist(), rows["row"].to_pylist(), strict=True):
        yield number, json.loads(text)


def _key(table: str, row: Mapping[str, Any]) -> _Key:
    names = told_by(SAME, table, row)
    return names, said(row, names)


def with_archived(shop: Shop, written: Written) -> Written:
    """What was written, and what was archived of it before."""
    files = tuple(_files(home.archive(shop), "events"))
    if not files:
        return written
    counts = Counter(written.counts)
    for path in files:
        for told in pc.value_counts(pq.read_table(path, columns=["ledger"])["ledger"]).to_pylist():
            counts[told["values"]] += told["counts"]
    return WithArchived(**{**vars(written), "counts": dict(counts)}, archived=files)
