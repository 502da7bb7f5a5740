"""Callers' keys, as far as they are kept: by name, a hash and what they may do."""

import sqlite3
from dataclasses import dataclass

_REMOVED = b""  # what is kept of a removed key's hash: no key has it


@dataclass(frozen=True)
class Key:
    """A caller's key, as far as it is kept."""

    name: str
    hash: bytes
    scopes: frozenset[str]


def put_key(con: sqlite3.Connection, key: Key, created_at: str) -> None:
    """Keep a key; an older one of the same name stops working."""
    con.execute(
        "INSERT OR REPLACE INTO keys (name, hash, scopes, created_at) VALUES (?, ?, ?, ?)",
        (key.name, key.hash, " ".join(sorted(key.scopes)), created_at),
    )


def blank_key(con: sqlite3.Connection, name: str) -> bool:
    """Take what a key may do; whether it might do anything. Its name stays."""
    found = con.execute("UPDATE keys SET hash = ?, scopes = '' WHERE name = ? AND scopes <> ''", (_REMOVED, name))
    return found.rowcount > 0


def read_keys(con: sqlite3.Connection) -> tuple[Key, ...]:
    """All keys, the blank ones among them."""
    found = con.execute("SELECT name, hash, scopes FROM keys").fetchall()
    return tuple(Key(name, hashed, frozenset(scopes.split())) for name, hashed, scopes in found)
