"""What changes while serving: events, consents, erasures, decisions and keys, in one SQLite database.

Every worker writes to it and reads what the others wrote. A write is on disk (WAL, synchronous=FULL) before its
call is answered; a decision is committed before (synchronous=NORMAL), and on disk a second later. Rows are only ever
added, but for erasure and keys, so a reader follows by sequence number. Nothing is written of someone erased: whoever
writes asks for that within the same transaction.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.errors import ServingError
from serving.contract.ledger_rows import ConsentRecord, Event
from serving.state.decisions import erased_of, insert_decisions
from serving.state.deliver import put_events
from serving.state.keys import Key, read_keys
from serving.state.schema import OF_DECISIONS, PATIENCE, SCHEMA, connected, kept_private


class Busy(sqlite3.OperationalError):
    """Others write for longer than a call can wait."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY


@dataclass(frozen=True)
class News:
    """What others wrote since the last look, with sequence numbers; `keys` is None when nothing at all happened."""

    events: tuple[tuple[int, Event], ...] = ()
    consents: tuple[tuple[int, ConsentRecord], ...] = ()
    erased: tuple[bytes, ...] = ()
    keys: tuple[Key, ...] | None = None


class State:
    """The database of one shop. One object a process; its methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        try:
            path = kept_private(folder)
            self._writer, self._reader = connected(path), connected(path)
            self._decider = connected(path, **OF_DECISIONS)
            self._writer.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ServingError(
                f"The state database in {folder} cannot be opened ({error}).\n"
                "Give the service a folder it may write to, with PERENNIAL_HOME."
            ) from error
        self._writing = threading.Lock()
        self._deciding = threading.Lock()
        self._reading = threading.Lock()
        self._version = -1
        self._seen = {"events": 0, "consents": 0, "erasures": 0}

    def close(self) -> None:
        """Close every connection."""
        with self._writing, self._deciding, self._reading:
            self._decider.close()
            self._writer.close()
            self._reader.close()

    def news(self) -> News:
        """What was written since the last call of this method, by any process; some microseconds when nothing was."""
        with self._reading:
            version = self._reader.execute("PRAGMA data_version").fetchone()[0]
            if version == self._version:
                return News()
            with _snapshot_of(self._reader):
                found = self._read_news()
            self._version = version
            return found

    def forget_seen(self) -> None:
        """Let the next `news` tell everything again."""
        with self._reading:
            self._version = -1
            self._seen = dict.fromkeys(self._seen, 0)

    def add_events(self, events: Sequence[Event]) -> list[str]:
        """Write events; what became of each, as serving.state.deliver.put_events says. They are on disk."""
        with self.transaction() as con:
            return put_events(con, events)

    def add_consent(self, *consents: ConsentRecord) -> frozenset[str]:
        """Write consents and objections, all or none; they are on disk. Those of someone erased are not written.

        Returns
        -------
        the ids that were erased
        """
        with self.transaction() as con:
            gone = erased_of(con, {one.customer_id for one in consents})
            kept = [one for one in consents if one.customer_id not in gone]
            con.executemany(
                "INSERT INTO consents (customer_id, channel, purpose, granted, happened_at) VALUES (?, ?, ?, ?, ?)",
                [(one.customer_id, one.channel, one.purpose, one.granted, one.happened_at) for one in kept],
            )
            return gone

    def add_decisions(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Write decisions as (customer id, moment, JSON), but none of someone erased.

        Committed when this returns: a killed process loses none, a power cut those since the last `sync_decisions`.

        Raises
        ------
        sqlite3.Error   Busy among them, at once where someone else is writing; nothing was written
        """
        if not self._deciding.acquire(blocking=False):
            raise Busy("another thread of this process is writing decisions")
        try:
            insert_decisions(self._decider, rows)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise Busy("another process is writing") from error
            raise
        finally:
            self._deciding.release()

    def sync_decisions(self) -> None:
        """Put on disk what was committed; some milliseconds."""
        with self._writing:
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def of_customer(self, customer_id: str) -> dict[str, list[dict[str, Any]]]:
        """Everything kept of a customer: events, consents and decisions, oldest first."""
        with self._reading:
            read = self._reader.execute
            events = read("SELECT ledger, row FROM events WHERE customer_id = ? ORDER BY seq", (customer_id,))
            told = [{"ledger": ledger, **json.loads(row)} for ledger, row in events]
            decisions = read("SELECT row FROM decisions WHERE customer_id = ? ORDER BY seq", (customer_id,))
            decided = [json.loads(row) for (row,) in decisions]
        return {"events": told, "consents": self.consents_of(customer_id), "decisions": decided}

    def consents_of(self, customer_id: str) -> list[dict[str, Any]]:
        """Every word of a customer that was told to the service, oldest first."""
        statement = "SELECT channel, purpose, granted, happened_at FROM consents WHERE customer_id = ? ORDER BY seq"
        names = ("channel", "purpose", "granted", "happened_at")
        found = self.read(statement, (customer_id,))
        return [dict(zip(names, (*row[:2], bool(row[2]), row[3]), strict=True)) for row in found]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write that is whole and on disk when the block ends, or did not happen.

        Raises
        ------
        sqlite3.Error   Busy among them, where others write for longer than some seconds
        """
        if not self._writing.acquire(timeout=PATIENCE):
            raise Busy("another thread of this process is writing")
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # a full disk may have ended it already
                    self._writer.execute("ROLLBACK")
                raise
        finally:
            self._writing.release()

    def purge_log(self) -> bool:
        """Empty the write-ahead log, so that no deleted row stays in it; False while a reader is in the way."""
        with self._writing:
            busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one fixed statement."""
        with self._reading:
            return self._reader.execute(statement, values).fetchall()

    def _read_news(self) -> News:
        read = self._reader.execute
        events = read(
            "SELECT seq, ledger, customer_id, identity, row FROM events WHERE seq > ? ORDER BY seq",
            (self._seen["events"],),
        ).fetchall()
        consents = read(
            "SELECT seq, customer_id, channel, purpose, granted, happened_at FROM consents WHERE seq > ? ORDER BY seq",
            (self._seen["consents"],),
        ).fetchall()
        erased = read("SELECT seq, id_hash FROM erasures WHERE seq > ?", (self._seen["erasures"],)).fetchall()
        keys = read_keys(self._reader)
        for name, rows in (("events", events), ("consents", consents), ("erasures", erased)):
            if rows:
                self._seen[name] = max(row[0] for row in rows)
        return News(
            tuple((seq, Event(ledger, who, identity, json.loads(row))) for seq, ledger, who, identity, row in events),
            tuple(
                (seq, ConsentRecord(who, channel, purpose, bool(yes), at))
                for seq, who, channel, purpose, yes, at in consents
            ),
            tuple(id_hash for _, id_hash in erased),
            keys,
        )


@contextmanager
def _snapshot_of(connection: sqlite3.Connection) -> Iterator[None]:
    """One moment of the database for several reads."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
