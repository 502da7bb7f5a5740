"""What the state database holds, read whole and in order, by who makes logged decisions again."""

import json
from collections.abc import Iterator
from typing import Any

from serving.contract.ledger_rows import ConsentRecord, Event
from serving.state.database import State


def numbered_events(state: State) -> Iterator[tuple[int, Event]]:
    """Events of customers with their numbers, oldest first; what tells a second delivery is left out."""
    statement = "SELECT seq, ledger, customer_id, row FROM events WHERE customer_id IS NOT NULL ORDER BY seq"
    for seq, ledger, who, row in state.read(statement):
        yield seq, Event(ledger, who, b"", json.loads(row))


def numbered_consents(state: State) -> Iterator[tuple[int, ConsentRecord]]:
    """Consents and objections with their numbers, oldest first."""
    statement = "SELECT seq, customer_id, channel, purpose, granted, happened_at FROM consents ORDER BY seq"
    for seq, who, channel, purpose, granted, at in state.read(statement):
        yield seq, ConsentRecord(who, channel, purpose, bool(granted), at)


def latest_decisions(state: State, most: int) -> Iterator[dict[str, Any]]:
    """The latest decisions, newest first."""
    for (text,) in state.read("SELECT row FROM decisions ORDER BY seq DESC LIMIT ?", [most]):
        yield json.loads(text)


def keys_told(state: State) -> list[tuple[str, str, str]]:
    """Keys by name, with what they may do and since when."""
    return [
        (name, scopes, at) for name, scopes, at in state.read("SELECT name, scopes, created_at FROM keys ORDER BY name")
    ]
