"""Who is signed in to the pages: by a hash of what the browser holds, and with which key it was opened.

Kept here so that every worker knows them, a restart ends none, and a sign-out counts everywhere at once.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.state.database import State


@dataclass(frozen=True)
class Session:
    """One browser that is signed in.

    Attributes
    ----------
    key_hash : of the key it was opened with
    started_at, seen_at : in UTC; when it was opened, and when something was last asked for, roughly
    """

    key_hash: bytes
    started_at: datetime
    seen_at: datetime


def put_session(con: sqlite3.Connection, token: bytes, key_hash: bytes, at: datetime, longest: timedelta) -> None:
    """Open a session; those that were opened longer ago than any may last are forgotten."""
    con.execute("DELETE FROM sessions WHERE started_at < ?", [_text(at - longest)])
    con.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", [token, key_hash, _text(at), _text(at)])


def see_session(con: sqlite3.Connection, token: bytes, at: datetime) -> None:
    """Note that something was asked for."""
    con.execute("UPDATE sessions SET seen_at = ? WHERE token = ?", [_text(at), token])


def drop_session(con: sqlite3.Connection, token: bytes) -> None:
    """End a session, for every worker."""
    con.execute("DELETE FROM sessions WHERE token = ?", [token])


def session_of(state: State, token: bytes) -> Session | None:
    """The session under a token's hash; None where there is none."""
    found = state.read("SELECT key_hash, started_at, seen_at FROM sessions WHERE token = ?", [token])
    if not found:
        return None
    key_hash, started_at, seen_at = found[0]
    return Session(key_hash, datetime.fromisoformat(started_at), datetime.fromisoformat(seen_at))


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")  # of one length, so that texts compare as moments do
