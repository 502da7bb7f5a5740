"""Erasing a person: at once for every call, then from every file, however often it is asked or interrupted.

An erasure is durable from the moment it takes effect for calls. Its work on files waits in the state database until
whoever holds the files' lock does it: the call itself, a worker a second later, or the night that was under way.
A suppression entry, the hash of the id, stays: an import that brings the person back is kept from counting. The id
itself is kept only until all files are done.
"""

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scoring.clock import now
from scoring.errors import ServingError
from serving.log import log
from serving.state.database import State
from serving.state.erase_files import Places, remove_from_files
from serving.state.files_lock import ERASURE, FilesBusyError, changing_files, without_readers
from serving.state.overlay import id_hash
from serving.state.schema import database_of, reading

_PLACES = ("events", "consents", "decisions", "snapshot", "history", "features", "scores")
_LOOK = 0.1  # seconds between two looks whether someone else did the work
_PURGES = 3  # times the log is tried to be emptied; each waits for readers up to five seconds


@dataclass(frozen=True)
class Erasure:
    """How far an erasure is.

    Attributes
    ----------
    done : gone everywhere; before that every call answers as if it were
    removed : rows removed so far, by place
    """

    done: bool
    removed: Mapping[str, int]


def erase(
    state: State, places: Places, customer_ids: Sequence[str], request_id: str, *, seconds: float = 0.0
) -> Erasure:
    """Remove a person, given by every id that leads to them.

    Parameters
    ----------
    seconds : how long to wait for whoever changes the files now; after that the work stays queued
    """
    suppress(state, customer_ids, request_id)
    deadline = time.monotonic() + seconds
    while True:
        settle(state, places, seconds=min(_LOOK, max(0.0, deadline - time.monotonic())))
        found = erasure_of(state, request_id)
        assert found is not None  # it was written above
        if found.done or time.monotonic() >= deadline:
            return found


def suppress(state: State, customer_ids: Sequence[str], request_id: str) -> None:
    """Take effect for every worker's next call, and queue the work on files, in one transaction."""
    removed = dict.fromkeys(_PLACES, 0)
    hashes = [id_hash(one) for one in customer_ids]
    with state.transaction() as con:
        for one, hashed in zip(customer_ids, hashes, strict=True):
            con.execute(
                "INSERT INTO erasures (id_hash, erased_at, customer_id) VALUES (?, ?, ?) "
                "ON CONFLICT (id_hash) DO UPDATE SET customer_id = excluded.customer_id",
                (hashed, now().isoformat(), one),
            )
            for table in _tables_of_customers(con):
                count = con.execute(f'DELETE FROM "{table}" WHERE customer_id = ?', (one,)).rowcount
                removed[table] = removed.get(table, 0) + count
        con.execute(
            "INSERT INTO erasure_requests (request_id, asked_at, hashes, removed) VALUES (?, ?, ?, ?)",
            (request_id, now().isoformat(), json.dumps([one.hex() for one in hashes]), json.dumps(removed)),
        )
        con.execute("INSERT OR REPLACE INTO marks (name, value) VALUES ('retraining_due', ?)", (now().isoformat(),))


def settle(state: State, places: Places, *, seconds: float = 0.0) -> bool:
    """Finish whatever erasure waits, unless someone else is changing the files; whether nothing waits any more."""
    if not waits(state):
        return True
    try:
        with changing_files(places("state"), ERASURE, seconds=seconds):
            return settle_holding_lock(state, places)
    except FilesBusyError:
        return False


def settle_holding_lock(state: State, places: Places) -> bool:
    """`settle`, for who holds the lock already; readers, such as a training, are waited for by whoever looks next."""
    try:
        with without_readers(places("state")):
            return _settle_alone(state, places)
    except FilesBusyError:
        return not waits(state)


def _settle_alone(state: State, places: Places) -> bool:
    waiting = [str(row[0]) for row in state.read("SELECT customer_id FROM erasures WHERE customer_id IS NOT NULL")]
    if waiting:
        found = remove_from_files(places, waiting)
        if found.unreadable:
            names = sorted({path.name for path in found.unreadable})
            log("erasure_waits", level="error", count=len(waiting), files=len(found.unreadable), names=names[:5])
            return False
        _forget_ids(state, waiting, found.counts)
    return not waits(state) or _finish(state)


def waits(state: State) -> bool:
    """Whether any erasure is not finished."""
    ids = "SELECT 1 FROM erasures WHERE customer_id IS NOT NULL"
    return bool(state.read(f"{ids} UNION ALL SELECT 1 FROM erasure_requests WHERE done_at IS NULL LIMIT 1"))


def erasure_of(state: State, request_id: str) -> Erasure | None:
    """How far the erasure of a request is; None when there was no such request."""
    found = state.read("SELECT done_at, removed FROM erasure_requests WHERE request_id = ?", (request_id,))
    return Erasure(found[0][0] is not None, json.loads(found[0][1])) if found else None


def erased_hashes(folder: Path) -> frozenset[bytes]:
    """`serving.state.overlay.id_hash` of everyone erased, for imports to leave out; empty where no service ever ran.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>

    Raises
    ------
    ServingError   if the database is there but cannot be read: an import must not bring anyone back unnoticed
    """
    path = database_of(folder)
    if path is None:
        return frozenset()
    try:
        with reading(path) as con:
            return frozenset(bytes(row[0]) for row in con.execute("SELECT id_hash FROM erasures"))
    except sqlite3.Error as error:
        if not os.access(folder, os.W_OK):
            raise ServingError(
                f"PERENNIAL_HOME cannot be written: {folder}. Make it writable, or name another folder."
            ) from error
        raise ServingError(
            f"Who was erased cannot be read from {path} ({error}).\n"
            "Restore the database from a backup before importing, or an import may bring erased people back."
        ) from error


def erased_last(folder: Path) -> datetime | None:
    """When somebody was erased last, in UTC; None where nobody ever was.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>
    """
    if database_of(folder) is None:
        return None
    with closing(State(folder)) as state:
        found = state.read("SELECT value FROM marks WHERE name = 'retraining_due'")
    return datetime.fromisoformat(found[0][0]) if found else None


def _tables_of_customers(con: sqlite3.Connection) -> list[str]:
    """Every table with a customer's id, whoever added it; erasures themselves stay."""
    found = con.execute(
        "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND c.name = 'customer_id' AND m.name <> 'erasures'"
    )
    return [str(name) for (name,) in found.fetchall()]


def _forget_ids(state: State, customer_ids: Sequence[str], counts: Mapping[str, Mapping[str, int]]) -> None:
    """Keep what was removed with the requests that asked for it, and the ids no longer."""
    by_hash = {id_hash(one).hex(): counts.get(one, {}) for one in customer_ids}
    with state.transaction() as con:
        asked = con.execute("SELECT request_id, hashes, removed FROM erasure_requests WHERE done_at IS NULL").fetchall()
        for request_id, hashes, removed in asked:
            told = Counter(json.loads(removed))
            for hashed in json.loads(hashes):
                told.update(by_hash.pop(hashed, {}))  # asked for twice, it was removed once
            con.execute("UPDATE erasure_requests SET removed = ? WHERE request_id = ?", (json.dumps(told), request_id))
        con.executemany(
            "UPDATE erasures SET customer_id = NULL WHERE id_hash = ?", [(id_hash(one),) for one in customer_ids]
        )


def _finish(state: State) -> bool:
    """Empty the write-ahead log, where deleted rows still lie, and only then call the requests done."""
    for _ in range(_PURGES):
        if state.purge_log():
            break
        time.sleep(_LOOK)
    else:
        log("erasure_waits", level="error", why="a reader keeps the write-ahead log from being emptied")
        return False
    with state.transaction() as con:
        asked = con.execute("SELECT request_id, hashes FROM erasure_requests WHERE done_at IS NULL").fetchall()
        left = {
            bytes(row[0]).hex() for row in con.execute("SELECT id_hash FROM erasures WHERE customer_id IS NOT NULL")
        }
        done = [(now().isoformat(), request_id) for request_id, hashes in asked if not left & set(json.loads(hashes))]
        con.executemany("UPDATE erasure_requests SET done_at = ? WHERE request_id = ?", done)
    return not left
