"""What callers wrote while the service served, for the nightly run to take in, some rows at a time."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from scoring.errors import ServingError

CONSENTS = "consents"
_AT_ONCE = 50_000
_TOLD = ("customer_id", "channel", "purpose", "granted", "happened_at")


@dataclass(frozen=True)
class Written:
    """Rows known before a moment, in the order written.

    Attributes
    ----------
    counts : canonical table → number of rows
    events_until, consents_until : sequence number of the last event and consent among them, 0 without any
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    events_until: int = 0
    consents_until: int = 0
    _path: Path | None = None

    def batches(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """A table's rows, at most 50,000 at a time; moments are local, as ISO text.

        Raises
        ------
        ServingError   if the database cannot be read any more
        """
        if self._path is None:
            return
        with _reading(self._path) as con:
            rows = self._rows(con, table)
            while found := list(islice(rows, _AT_ONCE)):
                yield found

    def _rows(self, con: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
        if table == CONSENTS:
            asked = f"SELECT {', '.join(_TOLD)} FROM consents WHERE seq <= ? ORDER BY seq"
            for values in con.execute(asked, (self.consents_until,)):
                row = dict(zip(_TOLD, values, strict=True))
                yield {**row, "granted": bool(row["granted"]), "known_at": row["happened_at"]}
        else:
            asked = "SELECT row FROM events WHERE ledger = ? AND seq <= ? ORDER BY seq"
            for (text,) in con.execute(asked, (table, self.events_until)):
                yield json.loads(text)


def read_written(folder: Path, before: datetime) -> Written:
    """Events and consents that were known before a local moment; nothing where no service ever ran.

    Whatever was written after the first one known later stays out as well, so that a number tells how far it goes.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>

    Raises
    ------
    ServingError   if the database is there but cannot be read
    """
    path = folder / "state.db"
    if not path.is_file():
        return Written()
    with _reading(path) as con:
        events = _until(con, "events", "json_extract(row, '$.known_at')", before)
        consents = _until(con, "consents", "happened_at", before)
        counts = dict(con.execute("SELECT ledger, count(*) FROM events WHERE seq <= ? GROUP BY ledger", (events,)))
        said = con.execute("SELECT count(*) FROM consents WHERE seq <= ?", (consents,)).fetchone()[0]
    return Written(counts | ({CONSENTS: said} if said else {}), events, consents, path if counts or said else None)


def _until(con: sqlite3.Connection, table: str, known: str, before: datetime) -> int:
    """The last number before the first row that was known later."""
    later = con.execute(f"SELECT min(seq) FROM {table} WHERE {known} >= ?", (before.isoformat(),)).fetchone()[0]
    last = con.execute(f"SELECT max(seq) FROM {table} WHERE seq < ifnull(?, seq + 1)", (later,)).fetchone()[0]
    return int(last or 0)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as con:
            con.execute("PRAGMA query_only = ON")
            con.execute("BEGIN")
            yield con
    except sqlite3.Error as error:
        raise ServingError(
            f"What the service received cannot be read from {path} ({error}).\n"
            "Restore the database from a backup, or move it away to go on without what it holds."
        ) from error
