"""What has changed since the snapshot, in memory: erasures, consents, and rows computed anew."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serving.contract.channels import ALL
from serving.contract.ledger_rows import CORRECTS, ConsentRecord, Event

Said = tuple[str, bool]  # when, and whether it was granted
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
    consents : customer id → (channel, purpose) → the latest word; channel `all` is a word on every one
    events : customer id → events newer than the snapshot
    rows : customer id → features recomputed with those; dropped when another event comes
    holders : event's identity → customer id
    """

    erased: set[bytes] = field(default_factory=set)
    consents: dict[str, dict[tuple[str, str], Said]] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    rows: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    holders: dict[bytes, str] = field(default_factory=dict)

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
        channels = {channel for channel, purpose in words if purpose == PROFILING}
        newer = {channel: self._word(customer_id, channel, PROFILING) for channel in channels}
        spoken = ALL in newer
        return False in newer.values() or (not spoken and any(channel not in newer for channel in before))

    def may_contact(self, customer_id: str, channel: str, before: bool) -> bool:
        """Whether a channel may be used, given whether the snapshot allowed it.

        A withdrawal counts at once. A consent given since does too, but does not make a customer reachable
        who was not: that the next snapshot finds out.
        """
        word = self._word(customer_id, channel, CONTACT)
        return before if word is None else word and before

    def granted(self, customer_id: str, channel: str) -> bool:
        """Whether the customer's latest word since the snapshot allows contact through a channel."""
        return self._word(customer_id, channel, CONTACT) is True

    def _word(self, customer_id: str, channel: str, purpose: str) -> bool | None:
        """The later of the words on the channel and on all of them; of two at the same moment the refusal."""
        words = self.consents.get(customer_id, {})
        said = [words[one, purpose] for one in (channel, ALL) if (one, purpose) in words]
        return max(said, key=_weight)[1] if said else None

    def add_event(self, customer_id: str, event: Event) -> None:
        """Let an event count from the next call on; a correction in the place of what it corrects."""
        holder = self.holders.get(event.identity) if CORRECTS in event.row else None
        if holder is not None:
            self.events[holder] = [one for one in self.events.get(holder, ()) if one.identity != event.identity]
            self.rows.pop(holder, None)
        self.holders[event.identity] = customer_id
        self.events.setdefault(customer_id, []).append(event)
        self.rows.pop(customer_id, None)

    def told(self, identity: bytes) -> Event | None:
        """The event of that identity, if one came since the snapshot."""
        among = self.events.get(self.holders.get(identity, ""), [])
        return next((one for one in among if one.identity == identity), None)

    def add_consent(self, consent: ConsentRecord) -> None:
        """Let a customer's word count from the next call on, unless a later one is known."""
        words = self.consents.setdefault(consent.customer_id, {})
        about, said = (consent.channel, consent.purpose), (consent.happened_at, consent.granted)
        words[about] = max(words.get(about, said), said, key=_weight)

    def forget(self, hashes: Collection[bytes]) -> None:
        """Keep nothing of erased persons but that they were erased."""
        if not hashes:
            return
        self.erased.update(hashes)
        for identity in [identity for identity, one in self.holders.items() if id_hash(one) in hashes]:
            del self.holders[identity]
        for kept in (self.events, self.rows, self.consents):
            for customer_id in [one for one in kept if id_hash(one) in hashes]:
                del kept[customer_id]


def _weight(said: Said) -> tuple[str, bool]:
    return said[0], not said[1]
