"""What has changed since the snapshot, in memory: erasures, consents, and rows computed anew."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serving.contract.ledger_rows import Consent, Event

CONTACT = "contact"
PROFILING = "profiling"


def id_hash(customer_id: str) -> bytes:
    """What is kept of an erased person: enough to know the id again, not the id."""
    return hashlib.blake2b(customer_id.encode(), digest_size=16, person=b"perennial-erase").digest()


@dataclass
class Overlay:
    """Everything here outranks the snapshot. Filled from the state database, read by every call.

    Attributes
    ----------
    erased : `id_hash` of everyone erased
    consents : customer id → (channel, purpose) → granted; the latest word of each
    events : customer id → events newer than the snapshot
    rows : customer id → features recomputed with those; dropped when another event comes
    """

    erased: set[bytes] = field(default_factory=set)
    consents: dict[str, dict[tuple[str, str], bool]] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    rows: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def is_erased(self, customer_id: str) -> bool:
        """Whether this id was erased; hashing costs a microsecond, so only when anyone was."""
        return bool(self.erased) and id_hash(customer_id) in self.erased

    def profiling_withdrawn(self, customer_id: str, before: Collection[str] = ()) -> bool:
        """Whether the customer's latest word on profiling, on any channel, is no.

        Parameters
        ----------
        before : channels on which it was no when the snapshot was made
        """
        words = self.consents.get(customer_id, {})
        newer = {channel: granted for (channel, purpose), granted in words.items() if purpose == PROFILING}
        return not all(newer.values()) or any(channel not in newer for channel in before)

    def may_contact(self, customer_id: str, channel: str, before: bool) -> bool:
        """Whether a channel may be used, given whether the snapshot allowed it.

        A withdrawal counts at once. A consent given since does too, but does not make a customer reachable
        who was not: that the next snapshot finds out.
        """
        word = self.consents.get(customer_id, {}).get((channel, CONTACT))
        return before if word is None else word and before

    def add_event(self, customer_id: str, event: Event) -> None:
        """Let an event count from the next call on."""
        self.events.setdefault(customer_id, []).append(event)
        self.rows.pop(customer_id, None)

    def add_consent(self, consent: Consent) -> None:
        """Let a customer's word count from the next call on."""
        words = self.consents.setdefault(consent.customer_id, {})
        words[consent.channel, consent.purpose] = consent.granted

    def forget(self, hashed: bytes) -> None:
        """Keep nothing of an erased person but that they were erased."""
        self.erased.add(hashed)
        for kept in (self.events, self.rows, self.consents):
            for customer_id in [one for one in kept if id_hash(one) == hashed]:
                del kept[customer_id]
