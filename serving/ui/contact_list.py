"""Whom the night decided to contact, for everybody at once: to count, to filter and to turn the pages of.

Only places in the snapshot are kept here. What is shown of a person is asked anew, by the body of /v1/decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from decisions.allocation.arms import NOTHING
from decisions.stages import STAGES
from serving.calls.customers import Asked
from serving.snapshot.decided import Decided

FIELDS = ("action", "channel", "stage", "cause")
_AT_ONCE = 50_000  # records read at a time


@dataclass(frozen=True)
class ContactList:
    """Everybody whom a night decided to contact, the most valuable first; arrays of one length.

    Attributes
    ----------
    rows : int32            places in the snapshot
    action, channel, stage, cause : int16     places in `names`; −1 is none
    """

    rows: NDArray[np.int32]
    action: NDArray[np.int16]
    channel: NDArray[np.int16]
    stage: NDArray[np.int16]
    cause: NDArray[np.int16]
    names: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def place(self) -> dict[int, int]:
        """Where a row of the snapshot stands in the list."""
        return {row: at for at, row in enumerate(self.rows.tolist())}

    def counts(self, field: str, among: NDArray[np.bool_]) -> dict[str, int]:
        """How many have each value of a field, those that nobody has left out; most frequent first."""
        names = self.names[field]
        values = getattr(self, field)[among]
        found = np.bincount(values[values >= 0], minlength=len(names)).tolist()
        return {name: count for count, name in sorted(zip(found, names, strict=True), reverse=True) if count}

    def having(self, wanted: Mapping[str, str], among: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Places in the list of those who have every wanted value; a value nobody has is not looked at."""
        kept = among.copy()
        for field, value in wanted.items():
            if value in self.names[field]:
                kept &= getattr(self, field) == self.names[field].index(value)
        return np.flatnonzero(kept)


def contact_list(night: Decided) -> ContactList:
    """Read a night's decisions through; under a second for a million customers."""
    menu, found = night.menu, []
    customers = night.records.shape[0]
    for begin in range(0, customers, _AT_ONCE):
        records = night.records.spans([begin], [min(begin + _AT_ONCE, customers)])
        acts = np.flatnonzero(records["choice"] != NOTHING)
        part = records[["choice", "stage", "cause", "net"]][acts]
        found.append((acts + begin, part["choice"], part["stage"], part["cause"], part["net"]))
    rows, choice, stage, cause, net = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(-np.nan_to_num(net, nan=-np.inf), kind="stable")
    actions = np.array([option.action for option in menu.options] or [0], dtype=np.int16)
    channels = np.array([option.channel for option in menu.options] or [0], dtype=np.int16)
    names = {
        "action": tuple(action.name for action in menu.plan.actions),
        "channel": menu.channels,
        "stage": STAGES,
        "cause": tuple(menu.plan.causes),
    }
    return ContactList(
        rows[order].astype(np.int32), actions[choice[order]], channels[choice[order]],
        stage[order].astype(np.int16), cause[order].astype(np.int16), names,
    )  # fmt: skip


def still_to_contact(listed: ContactList, asked: Asked) -> NDArray[np.bool_]:
    """Who of the list was neither erased since nor withdrew profiling or the consent to the channel chosen.

    An erasure that has not reached the snapshot's files yet shows when the person is asked about.
    """
    snapshot, overlay = asked.live.snapshot, asked.overlay
    kept = snapshot.are_present(listed.rows)
    for customer_id in list(overlay.consents):
        row = snapshot.find(customer_id)
        at = listed.place.get(row)
        if at is not None:
            channel = listed.names["channel"][listed.channel[at]]
            before = snapshot.facts.channels_of(snapshot.facts.withdrawn, row)
            withdrawn = overlay.profiling_withdrawn(customer_id, before)
            kept[at] = not withdrawn and overlay.may_contact(customer_id, channel, True)
    return kept
