"""The state database as SQLite sees it: its tables, how it is opened, and how others look into it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_NAME = "state.db"
SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger TEXT NOT NULL,
    customer_id TEXT,
    identity BLOB NOT NULL UNIQUE,
    row TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (customer_id);
CREATE TABLE IF NOT EXISTS archived_events (
    identity BLOB PRIMARY KEY,
    seq INTEGER NOT NULL,
    customer_id TEXT,
    said BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS archived_events_of ON archived_events (customer_id);
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
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY,
    key_hash BLOB NOT NULL,
    started_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = 1;
"""

PATIENCE = 3.0  # seconds a writer waits, first for its own process, then for others
_LOOK = 5.0  # seconds somebody outside the service waits to read
OF_DECISIONS = {"synchronous": "NORMAL", "busy_timeout": "0", "wal_autocheckpoint": "0"}
_PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON"}


def database_of(folder: Path) -> Path | None:
    """The database in a shop's state folder, PERENNIAL_HOME/state/<shop>; None where no service ever ran."""
    path = folder / _NAME
    return path if path.is_file() else None


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One moment of the database, to read alone, for who is not the service.

    Raises
    ------
    sqlite3.Error
    """
    with closing(sqlite3.connect(path, timeout=_LOOK)) as con:
        con.execute("PRAGMA query_only = ON")
        con.execute("BEGIN")
        yield con


def kept_private(folder: Path) -> Path:
    """The database, made where it is absent; its owner alone reads it, and SQLite gives its log the same mode."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    path.touch(mode=0o600)
    with suppress(PermissionError):  # another user's, who let us write to it
        folder.chmod(0o700)
        path.chmod(0o600)
    return path


def connected(path: Path, **changed: str) -> sqlite3.Connection:
    """A connection for the service, whose threads take turns; `changed` pragmas are not the usual ones."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    for name, value in {**_PRAGMAS, **changed}.items():
        with closing(connection.execute(f"PRAGMA {name}={value}")) as done:
            done.fetchall()
    return connection
