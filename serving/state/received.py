"""What callers wrote while the service served, for the nightly run to take in, some rows at a time."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from scoring.errors import ServingError
from serving.state.schema import database_of, reading

CONSENTS = "consents"
_AT_ONCE = 50_000
_KNOWN, _SAID = "json_extract(row, '$.known_at')", "happened_at"  # the clock of an event, and of a consent
_TOLD = ("customer_id", "channel", "purpose", "granted", "happened_at")


@dataclass(frozen=True)
class Written:
    """Rows known before a moment, each by its own clock, in the order written.

    Attributes
    ----------
    counts : canonical table → number of rows
    events_until, consents_until : sequence number of the last event and consent among them, 0 without any
    waiting : what was left for a later moment, in a sentence; "" when nothing was
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    events_until: int = 0
    consents_until: int = 0
    waiting: str = ""
    _before: str = ""
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
            asked = f"SELECT {', '.join(_TOLD)} FROM consents WHERE seq <= ? AND {_SAID} < ? ORDER BY seq"
            for values in con.execute(asked, (self.consents_until, self._before)):
                row = dict(zip(_TOLD, values, strict=True))
                yield {**row, "granted": bool(row["granted"]), "known_at": row["happened_at"]}
        else:
            asked = f"SELECT row FROM events WHERE ledger = ? AND seq <= ? AND {_KNOWN} < ? ORDER BY seq"
            for (text,) in con.execute(asked, (table, self.events_until, self._before)):
                yield json.loads(text)


def read_written(folder: Path, before: datetime) -> Written:
    """Events and consents that were known before a local moment; nothing where no service ever ran.

    A row with a clock ahead waits until its own moment, and keeps nobody else's waiting.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>

    Raises
    ------
    ServingError   if the database is there but cannot be read
    """
    path = database_of(folder)
    if path is None:
        return Written()
    moment = before.isoformat()
    with _reading(path) as con:
        counts = dict(con.execute(f"SELECT ledger, count(*) FROM events WHERE {_KNOWN} < ? GROUP BY ledger", (moment,)))
        said, consents = con.execute(f"SELECT count(*), max(seq) FROM consents WHERE {_SAID} < ?", (moment,)).fetchone()
        events = con.execute(f"SELECT max(seq) FROM events WHERE {_KNOWN} < ?", (moment,)).fetchone()[0]
        later = [_later(con, "events", _KNOWN, moment), _later(con, "consents", _SAID, moment)]
    counts |= {CONSENTS: said} if said else {}
    waiting = _waiting([one for one in later if one[0]], before)
    return Written(counts, int(events or 0), int(consents or 0), waiting, moment, path if counts else None)


def _later(con: sqlite3.Connection, table: str, clock: str, moment: str) -> tuple[int, str]:
    """How many rows of a table are of that moment or later, and the first of their moments."""
    count, first = con.execute(f"SELECT count(*), min({clock}) FROM {table} WHERE {clock} >= ?", (moment,)).fetchone()
    return int(count), str(first)


def _waiting(later: Sequence[tuple[int, str]], before: datetime) -> str:
    if not later:
        return ""
    count, first = sum(count for count, _ in later), min(moment for _, moment in later)
    return (
        f"{count:,} of the rows callers wrote wait for a later night: they are known from {first[:16]} on, not before "
        f"{before:%Y-%m-%d}. A moment far ahead means that a clock was wrong when they were written."
    )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with reading(path) as con:
            yield con
    except sqlite3.Error as error:
        raise ServingError(
            f"What the service received cannot be read from {path} ({error}).\n"
            "Restore the database from a backup, or move it away to go on without what it holds."
        ) from error
