"""One place where touchpoints are written."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulation.dice import Bools, Ints
from simulation.records import MINI
from simulation.state import World
from simulation.words import ABANDON_REASONS, BROWSE_CHANNELS, CODE, DEVICES, PURCHASE_CHANNELS

CHANNEL_CODES = np.array([CODE[name] for name in BROWSE_CHANNELS])
REASON_CODES = np.array([CODE[name] for name in ABANDON_REASONS])
_DEVICE_CODES = np.array([CODE[name] for name in DEVICES])
_PHONE = DEVICES.index("phone")
_APP = PURCHASE_CHANNELS.index("app")
_STORE = PURCHASE_CHANNELS.index("store")


@dataclass(frozen=True)
class Visits:
    """Where a touchpoint can take place; arrays of shape (visits,). `unknown`: not logged in, no card shown."""

    who: Ints
    channel: Ints
    second: Ints
    session: Ints
    unknown: Bools

    def take(self, chosen: Bools) -> "Visits":
        """Only the chosen ones, in order."""
        return Visits(**{name: column[chosen] for name, column in vars(self).items()})

    def times(self, counts: Ints) -> "Visits":
        """Each one so many times."""
        return Visits(**{name: np.repeat(column, counts) for name, column in vars(self).items()})

    def after(self, seconds: Ints | int) -> "Visits":
        """The same, so many seconds later; never before the data begin."""
        return replace(self, second=np.maximum(self.second + seconds, 0))


def touch(world: World, kind: str, visits: Visits, **columns: npt.ArrayLike) -> None:
    """Write one touchpoint a visit, under the record its channel knows the person by."""
    record = world.records.of(visits.who, visits.channel, visits.second)
    world.ledgers["touchpoints"].add(
        len(visits.who),
        customer_id=np.where(visits.unknown, -1, record),
        happened_at=visits.second,
        channel=CHANNEL_CODES[visits.channel],
        kind=CODE[kind],
        session_id=visits.session,
        **columns,
    )


def device_of(world: World, who: Ints, channel: Ints) -> Ints:
    """What the visit was made with: a phone for app and mini-program, nothing in a store."""
    device = np.where(np.isin(channel, (_APP, MINI)), _PHONE, world.tastes.device[who])
    return np.where(channel == _STORE, -1, _DEVICE_CODES[device])
