"""Decisions that calls were given: kept unless of someone erased, and read by the next night."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from serving.state.overlay import id_hash
from serving.state.schema import database_of, reading


def insert_decisions(con: sqlite3.Connection, rows: Sequence[tuple[str, str, str]]) -> None:
    """Write decisions as (customer id, moment, JSON), but none of someone erased; whole and committed."""
    con.execute("BEGIN IMMEDIATE")
    try:
        gone = erased_of(con, {row[0] for row in rows})
        kept = [row for row in rows if row[0] not in gone]
        con.executemany("INSERT INTO decisions (customer_id, decided_at, row) VALUES (?, ?, ?)", kept)
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise


def remove_decisions(con: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Take decisions out of the database that lie in files now."""
    con.executemany("DELETE FROM decisions WHERE seq = ?", [(one,) for one in numbers])


def decided_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Every decision kept, oldest first; none where no service ever ran.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>

    Raises
    ------
    sqlite3.Error   if the database cannot be read
    """
    path = database_of(folder)
    if path is None:
        return
    with reading(path) as con:
        for (text,) in con.execute("SELECT row FROM decisions ORDER BY seq"):
            yield json.loads(text)


def erased_of(con: sqlite3.Connection, customer_ids: Collection[str]) -> frozenset[str]:
    """Those of the ids that were erased, as this transaction sees it."""
    by_hash = {id_hash(one): one for one in customer_ids}
    marks = ", ".join("?" for _ in by_hash)
    found = con.execute(f"SELECT id_hash FROM erasures WHERE id_hash IN ({marks})", list(by_hash))
    return frozenset(by_hash[bytes(hashed)] for (hashed,) in found.fetchall())
