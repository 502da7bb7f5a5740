"""From events as the CRM sends them to rows of the canonical ledgers, each delivered once."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from scoring.clock import cutoff_on
from serving.contract import requests
from serving.contract.ledger_rows import Event
from serving.errors import RequestError

ORDERS, RESPONSES, TOUCHPOINTS = "orders", "responses", "touchpoints"
# Which columns tell a row apart; a touchpoint has no id, so all of it does.
_IDENTITY = {ORDERS: ("order_id", "kind"), RESPONSES: ("message_id", "kind", "item")}


def events_of(request: requests.Events, moment: datetime, zone: ZoneInfo, prefix: str = "") -> list[Event]:
    """The request's rows as events known from `moment` on.

    Parameters
    ----------
    moment : now, in the shop's time zone
    prefix : path of the events within the request, for errors

    Raises
    ------
    RequestError   400 for a row that happened after today
    """
    known_at = _local_text(moment, zone)
    last = cutoff_on(moment.date())
    found = []
    for ledger in (TOUCHPOINTS, ORDERS, RESPONSES):
        for i, row in enumerate(getattr(request, ledger)):
            happened_at = _local(row.happened_at, zone)
            if happened_at >= last:
                field = f"{prefix}{ledger}[{i}].happened_at"
                raise RequestError(400, "invalid_field", f"{field} must not lie after today.", field=field)
            found.append(_event(ledger, row, happened_at, known_at))
    return found


def under(event: Event, customer_id: str) -> Event:
    """The event with the id under which the customer is kept."""
    return replace(event, customer_id=customer_id, row={**event.row, "customer_id": customer_id})


def _event(ledger: str, row: BaseModel, happened_at: datetime, known_at: str) -> Event:
    plain = {name: _plain(value) for name, value in row if value is not None}
    plain["happened_at"] = happened_at.isoformat()
    if ledger == ORDERS:
        plain.setdefault("kind", "return" if Decimal(plain["amount"]) < 0 else "order")
    told = tuple(plain.get(name) for name in _IDENTITY.get(ledger, sorted(plain)))
    identity = hashlib.blake2b(json.dumps([ledger, *told], ensure_ascii=False).encode(), digest_size=16).digest()
    return Event(ledger, plain.get("customer_id"), identity, {**plain, "known_at": known_at})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    try:
        return (moment.astimezone(zone) if moment.tzinfo else moment).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def _local_text(moment: datetime, zone: ZoneInfo) -> str:
    return _local(moment, zone).isoformat()


def rows_by_ledger(events: list[Event]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each ledger, in the order received."""
    return {ledger: list(_rows(events, ledger)) for ledger in (TOUCHPOINTS, ORDERS, RESPONSES)}


def _rows(events: list[Event], ledger: str) -> Iterator[dict[str, Any]]:
    return (dict(event.row) for event in events if event.ledger == ledger)
