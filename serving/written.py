"""What callers wrote while the service served, for the nightly run to take in."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from serving.errors import ServingError


@dataclass(frozen=True)
class Written:
    """Rows known before a moment, in the order written.

    Attributes
    ----------
    rows : canonical table → plain rows; moments are local, as ISO text
    events_until, consents_until : sequence number of the last event and consent among them, 0 without any
    """

    rows: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    events_until: int = 0
    consents_until: int = 0


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
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as con:
            con.execute("PRAGMA query_only = ON")
            con.execute("BEGIN")
            return _read(con, before.isoformat())
    except sqlite3.Error as error:
        raise ServingError(
            f"What the service received cannot be read from {path} ({error}).\n"
            "Restore the database from a backup, or move it away to go on without what it holds."
        ) from error


def _read(con: sqlite3.Connection, before: str) -> Written:
    rows: dict[str, list[dict[str, Any]]] = {}
    until = {"events": 0, "consents": 0}
    for seq, ledger, text in con.execute("SELECT seq, ledger, row FROM events ORDER BY seq"):
        row = json.loads(text)
        if row["known_at"] >= before:
            break
        rows.setdefault(ledger, []).append(row)
        until["events"] = seq
    names = ("customer_id", "channel", "purpose", "granted", "happened_at")
    for seq, *values in con.execute(f"SELECT seq, {', '.join(names)} FROM consents ORDER BY seq"):
        row = dict(zip(names, values, strict=True))
        if row["happened_at"] >= before:
            break
        told = {**row, "granted": bool(row["granted"]), "known_at": row["happened_at"]}
        rows.setdefault("consents", []).append(told)
        until["consents"] = seq
    return Written(rows, until["events"], until["consents"])
