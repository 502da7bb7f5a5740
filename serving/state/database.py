"""What changes while serving: events, consents, erasures, decisions and keys, in one SQLite database.

Every worker writes to it and reads what the others wrote. A write is on disk (WAL, synchronous=FULL) before its
call is answered; a decision is committed before (synchronous=NORMAL), and on disk a second later. Rows are only ever
added, but for erasure and keys, so a reader follows by sequence number. Nothing is written of someone erased: whoever
writes asks for that within the same transaction.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.errors import ServingError
from serving.contract.ledger_rows import Consent, Event
from serving.state.deliver import put_events
from serving.state.overlay import id_hash

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger TEXT NOT NULL,
    customer_id TEXT,
    identity BLOB NOT NULL UNIQUE,
    row TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (customer_id);
CREATE TABLE IF NOT EXISTS consents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    granted INTEGER NOT NULL,
    happened_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS consents_of ON consents (customer_id);
CREATE TABLE IF NOT EXISTS erasures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id_hash BLOB NOT NULL UNIQUE,
    erased_at TEXT NOT NULL,
    customer_id TEXT
);
CREATE TABLE IF NOT EXISTS erasure_requests (
    request_id TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    hashes TEXT NOT NULL,
    removed TEXT NOT NULL,
    done_at TEXT
);
CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    row TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS decisions_of ON decisions (customer_id);
CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    name BLOB PRIMARY KEY,
    body BLOB NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = 1;
"""


_PATIENCE = 3.0  # seconds a writer waits, first for its own process, then for others


class Busy(sqlite3.OperationalError):
    """Others write for longer than a call can wait."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY


@dataclass(frozen=True)
class Key:
    """A caller's key, as far as it is kept."""

    name: str
    hash: bytes
    scopes: frozenset[str]


@dataclass(frozen=True)
class News:
    """What others wrote since the last look, with sequence numbers; `keys` is None when nothing at all happened."""

    events: tuple[tuple[int, Event], ...] = ()
    consents: tuple[tuple[int, Consent], ...] = ()
    erased: tuple[bytes, ...] = ()
    keys: tuple[Key, ...] | None = None


class State:
    """The database of one shop. One object a process; its methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        try:
            _keep_private(folder)
            self._path = folder / "state.db"
            self._writer = _connect(self._path)
            self._reader = _connect(self._path)
            self._decider = _connect(self._path, **_OF_DECISIONS)
            self._writer.executescript(_SCHEMA)
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

    def add_consent(self, *consents: Consent) -> frozenset[str]:
        """Write consents and objections, all or none; they are on disk. Those of someone erased are not written.

        Returns
        -------
        the ids that were erased
        """
        with self.transaction() as con:
            gone = _erased_of(con, {one.customer_id for one in consents})
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
            _insert_decisions(self._decider, rows)
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
        if not self._writing.acquire(timeout=_PATIENCE):
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
        keys = read("SELECT name, hash, scopes FROM keys").fetchall()
        for name, rows in (("events", events), ("consents", consents), ("erasures", erased)):
            if rows:
                self._seen[name] = max(row[0] for row in rows)
        return News(
            tuple((seq, Event(ledger, who, identity, json.loads(row))) for seq, ledger, who, identity, row in events),
            tuple(
                (seq, Consent(who, channel, purpose, bool(yes), at)) for seq, who, channel, purpose, yes, at in consents
            ),
            tuple(id_hash for _, id_hash in erased),
            tuple(Key(name, hashed, frozenset(scopes.split())) for name, hashed, scopes in keys),
        )


def _keep_private(folder: Path) -> None:
    """Folder and database are read by their owner alone; SQLite gives its log the database's mode."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "state.db"
    path.touch(mode=0o600)
    with suppress(PermissionError):  # another user's, who let us write to it
        folder.chmod(0o700)
        path.chmod(0o600)


_OF_DECISIONS = {"synchronous": "NORMAL", "busy_timeout": "0", "wal_autocheckpoint": "0"}
_PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON"}


def _connect(path: Path, **changed: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    for name, value in {**_PRAGMAS, **changed}.items():
        with closing(connection.execute(f"PRAGMA {name}={value}")) as done:
            done.fetchall()
    return connection


def _insert_decisions(con: sqlite3.Connection, rows: Sequence[tuple[str, str, str]]) -> None:
    con.execute("BEGIN IMMEDIATE")
    try:
        gone = _erased_of(con, {row[0] for row in rows})
        kept = [row for row in rows if row[0] not in gone]
        con.executemany("INSERT INTO decisions (customer_id, decided_at, row) VALUES (?, ?, ?)", kept)
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise


def _erased_of(con: sqlite3.Connection, customer_ids: Collection[str]) -> frozenset[str]:
    """Those of the ids that were erased, as this transaction sees it."""
    by_hash = {id_hash(one): one for one in customer_ids}
    marks = ", ".join("?" for _ in by_hash)
    found = con.execute(f"SELECT id_hash FROM erasures WHERE id_hash IN ({marks})", list(by_hash))
    return frozenset(by_hash[bytes(hashed)] for (hashed,) in found.fetchall())


@contextmanager
def _snapshot_of(connection: sqlite3.Connection) -> Iterator[None]:
    """One moment of the database for several reads."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
