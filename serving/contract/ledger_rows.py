"""Rows that callers send, as the state keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CORRECTS = "corrects"


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
class Consent:
    """One word of a customer."""

    customer_id: str
    channel: str
    purpose: str
    granted: bool
    happened_at: str
