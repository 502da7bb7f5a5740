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
from serving.contract import rows as sent
from serving.contract.ledger_rows import Event, Same, said, told_by
from serving.errors import RequestError

ORDERS, RESPONSES, TOUCHPOINTS, MESSAGES, TICKETS = "orders", "responses", "touchpoints", "messages", "tickets"


def events_of(request: sent.LedgerRows, moment: datetime, zone: ZoneInfo, same: Same, prefix: str = "") -> list[Event]:
    """The request's rows as events known from `moment` on.

    Parameters
    ----------
    moment : now, in the shop's time zone
    same : columns that tell that a row was delivered before, as the release names them
    prefix : path of the events within the request, for errors

    Raises
    ------
    RequestError   400 for the first row that happened after today
    """
    found = []
    for _, event in told_rows(request, moment, zone, same, prefix):
        if isinstance(event, RequestError):
            raise event
        found.append(event)
    return found


def told_rows(
    request: sent.LedgerRows, moment: datetime, zone: ZoneInfo, same: Same, prefix: str = ""
) -> Iterator[tuple[str, Event | RequestError]]:
    """The path of each row, and its event or why it cannot be one."""
    known_at = _local_text(moment, zone)
    last = cutoff_on(moment.date())
    for ledger in sent.LEDGERS:
        for i, row in enumerate(getattr(request, ledger)):
            path = f"{prefix}{ledger}[{request.place(ledger, i)}]"
            happened_at = local(row.happened_at, zone)
            if happened_at < last:
                yield path, _event(ledger, row, happened_at, known_at, zone, same)
            else:
                field = f"{path}.happened_at"
                yield path, RequestError(400, "invalid_field", f"{field} must not lie after today.", field=field)


def identity_of(ledger: str, *told: str | None) -> bytes:
    """What is equal for a row delivered twice."""
    return hashlib.blake2b(json.dumps([ledger, *told], ensure_ascii=False).encode(), digest_size=16).digest()


def under(event: Event, customer_id: str) -> Event:
    """The event with the id under which the customer is kept."""
    return replace(event, customer_id=customer_id, row={**event.row, "customer_id": customer_id})


def _event(ledger: str, row: BaseModel, happened_at: datetime, known_at: str, zone: ZoneInfo, same: Same) -> Event:
    plain = {name: _plain(value, zone) for name, value in row if value is not None}
    plain["happened_at"] = happened_at.isoformat()
    if ledger == ORDERS:
        plain.setdefault("kind", "return" if Decimal(plain["amount"]) < 0 else "order")
    told = said(plain, told_by(same, ledger, plain))
    return Event(ledger, plain.get("customer_id"), identity_of(ledger, *told), {**plain, "known_at": known_at})


def _plain(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return local(value, zone).isoformat() if isinstance(value, datetime) else value


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment on the shop's clock; one without offset is that already."""
    try:
        return (moment.astimezone(zone) if moment.tzinfo else moment).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def _local_text(moment: datetime, zone: ZoneInfo) -> str:
    return local(moment, zone).isoformat()
