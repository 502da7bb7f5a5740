"""Rows that callers send: written once, corrected by a later version, and answered alike when they are sent again."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from serving.contract.ledger_rows import CORRECTS as CORRECTS  # for the night, which reads rows from here
from serving.contract.ledger_rows import MONEY, Event
from serving.contract.ledger_rows import said as said  # for the night too
from serving.contract.ledger_rows import told_by as told_by  # likewise
from serving.state.overlay import id_hash

ACCEPTED, CORRECTED, DUPLICATE, SUPPRESSED = "accepted", "corrected", "duplicate", "suppressed"
CORRECTABLE = ("orders", "messages")  # they have a number of their own; a new version of a ticket is a new row
REMEMBERED = timedelta(days=7)
_APART = ("customer_id", "known_at", CORRECTS)  # not part of what a row says, or looked at by itself


class Delivery(NamedTuple):
    """One delivery as its caller named it: both are hashes, neither tells a word of it."""

    name: bytes
    body: bytes


class OtherBody(Exception):
    """A delivery of this name came before, with another body."""


def delivery_of(caller: str, key: bytes, body: bytes) -> Delivery:
    """The delivery a caller names with `key`."""
    name = hashlib.blake2b(json.dumps([caller, key.hex()]).encode(), digest_size=16)
    return Delivery(name.digest(), hashlib.blake2b(body, digest_size=16).digest())


def answered(con: sqlite3.Connection, delivery: Delivery) -> list[dict[str, Any]] | None:
    """What was answered when the delivery came before; None when it did not.

    Raises
    ------
    OtherBody
    """
    found = con.execute("SELECT body, answer FROM deliveries WHERE name = ?", (delivery.name,)).fetchone()
    if found is None:
        return None
    if bytes(found[0]) != delivery.body:
        raise OtherBody
    answer: list[dict[str, Any]] = json.loads(found[1])
    return answer


def remember(con: sqlite3.Connection, delivery: Delivery, results: list[dict[str, Any]], moment: datetime) -> None:
    """Keep an answer for a week, and let go of older ones."""
    con.execute("DELETE FROM deliveries WHERE at < ?", ((moment - REMEMBERED).isoformat(),))
    row = (delivery.name, delivery.body, json.dumps(results), moment.isoformat())
    con.execute("INSERT INTO deliveries (name, body, answer, at) VALUES (?, ?, ?, ?)", row)


def put_events(
    con: sqlite3.Connection, events: Iterable[Event], canonical: Callable[[str], str] = lambda one: one
) -> list[str]:
    """Write events; what became of each: accepted, corrected, duplicate, or suppressed for those of erased customers.

    A correction takes the place of what it corrects, under a new number, so that whoever follows the numbers sees it.

    Parameters
    ----------
    canonical : customer id → the one under which the person is kept now
    """
    return [_put(con, event, canonical) for event in events]


def _put(con: sqlite3.Connection, event: Event, canonical: Callable[[str], str]) -> str:
    if event.customer_id is not None:
        gone = con.execute("SELECT 1 FROM erasures WHERE id_hash = ?", (id_hash(event.customer_id),)).fetchone()
        if gone is not None:
            return SUPPRESSED
    known = con.execute("SELECT seq, customer_id, row FROM events WHERE identity = ?", (event.identity,)).fetchone()
    if known is None:
        return _put_unknown(con, event, canonical)
    seq, customer_id, row = known[0], known[1], json.loads(known[2])
    same_person = customer_id == event.customer_id or (customer_id and canonical(customer_id) == event.customer_id)
    if event.ledger not in CORRECTABLE or (same_person and _said(row) == _said(event.row)):
        return DUPLICATE
    con.execute("DELETE FROM events WHERE seq = ?", (seq,))
    row.pop(CORRECTS, None)
    before = {"seq": seq, "row": row if same_person else None}  # another's row is not kept under this one's name
    _insert(con, event, {**event.row, CORRECTS: before})
    return CORRECTED


def _put_unknown(con: sqlite3.Connection, event: Event, canonical: Callable[[str], str]) -> str:
    """Write an event that the database does not hold: new, or another version of one that was moved to files."""
    asked = "SELECT seq, customer_id, said FROM archived_events WHERE identity = ?"
    moved = con.execute(asked, (event.identity,)).fetchone()
    if moved is None:
        _insert(con, event, event.row)
        return ACCEPTED
    seq, customer_id, said = moved
    same_person = customer_id == event.customer_id or (customer_id and canonical(customer_id) == event.customer_id)
    if same_person and bytes(said) == said_digest(event.row):
        return DUPLICATE
    con.execute("DELETE FROM archived_events WHERE identity = ?", (event.identity,))
    _insert(con, event, {**event.row, CORRECTS: {"seq": seq, "row": None}})
    return CORRECTED


def forget_moved(con: sqlite3.Connection, rows: Iterable[tuple[int, str, Mapping[str, Any]]]) -> None:
    """Take events out of the database that lie in files now; of those that can be corrected a trace stays.

    Parameters
    ----------
    rows : number, ledger and row of each
    """
    for seq, ledger, row in rows:
        if ledger in CORRECTABLE:
            con.execute(
                "INSERT OR REPLACE INTO archived_events (identity, seq, customer_id, said) "
                "SELECT identity, seq, customer_id, ? FROM events WHERE seq = ?",
                (said_digest(row), seq),
            )
        con.execute("DELETE FROM events WHERE seq = ?", (seq,))


def said_digest(row: Mapping[str, Any]) -> bytes:
    """What a row says, in 16 bytes: enough to know it again."""
    says = json.dumps(sorted(_said(row).items()), default=lambda value: f"{value.normalize():f}", ensure_ascii=False)
    return hashlib.blake2b(says.encode(), digest_size=16, person=b"perennial-said").digest()


def _insert(con: sqlite3.Connection, event: Event, row: Mapping[str, Any]) -> None:
    con.execute(
        "INSERT INTO events (ledger, customer_id, identity, row) VALUES (?, ?, ?, ?)",
        (event.ledger, event.customer_id, event.identity, json.dumps(dict(row), ensure_ascii=False)),
    )


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in _APART and value is not None}
    return told | {name: Decimal(told[name]) for name in MONEY if name in told}
