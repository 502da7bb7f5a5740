"""Rows that callers send, as the state keeps them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CORRECTS = "corrects"
MONEY = ("amount", "discount", "shipping", "cost")
# Table → kind of row → columns that tell that a row was delivered before; "" stands for every other kind.
Same = Mapping[str, Mapping[str, tuple[str, ...]]]


def told_by(same: Same, ledger: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that tell whether a row was delivered before; all it has where nothing is said of its ledger."""
    kinds = same.get(ledger, {})
    return kinds.get(str(row.get("kind")), kinds.get("", tuple(sorted(row))))


def said(row: Mapping[str, Any], names: Iterable[str]) -> tuple[Any, ...]:
    """What a row says in some columns; 10 and 10.00 are one amount."""
    return tuple(
        f"{Decimal(row[name]):.4f}" if name in MONEY and row.get(name) is not None else row.get(name) for name in names
    )


@dataclass(frozen=True)
class Event:
    """One row of a ledger as received.

    Attributes
    ----------
    ledger : touchpoints, orders, messages, responses or tickets
    customer_id : None for a response to a message nobody knows yet
    identity : 16 bytes that are equal for a row delivered twice
    row : canonical columns → plain values, moments in local time; under CORRECTS what it takes the place of
    """

    ledger: str
    customer_id: str | None
    identity: bytes
    row: Mapping[str, Any]


@dataclass(frozen=True)
class ConsentRecord:
    """One word of a customer."""

    customer_id: str
    channel: str
    purpose: str
    granted: bool
    happened_at: str
