"""One thing that goes wrong, or right, in a world: its kind, place, size and dates drawn; nothing where none is asked.

The effects are read by the mechanisms they disturb. Where no incident is planted no die is thrown for it, so that a
world without one has the same bytes as ever.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from simulation.dice import Bools, Floats, Ints, dice
from simulation.season import DAY, HOUR, START, Calendar
from simulation.words import BROWSE_CHANNELS, CONTACT_CHANNELS, DEPARTMENTS, DEVICES, PURCHASE_CHANNELS

KINDS = (
    "payment_bug", "carrier_price", "store_closed", "stock_out", "consent_lost", "annoying_campaign", "viral_article",
)  # fmt: skip
EARLIEST, LATEST = 80, 30  # days before the data end, between which it begins
_LASTS = (10, 25)  # days
_SIZES = {  # chance, or factor
    "payment_bug": (0.35, 0.70),  # chance that a payment fails
    "carrier_price": (1.8, 2.6),  # times the usual fee
    "store_closed": (1.0, 1.0),
    "stock_out": (0.75, 0.95),  # chance that a basket that wanted it is left
    "consent_lost": (0.10, 0.25),  # share of the consents, a week
    "annoying_campaign": (3.0, 3.8),  # log-odds of an objection
    "viral_article": (1.5, 3.0),  # times the channel's usual visits, on top
}


@dataclass(frozen=True)
class Incident:
    """What was planted.

    Attributes
    ----------
    kind : one of KINDS
    begin, end : seconds from START, whole days
    size : float            as _SIZES says
    channel, device, department : str or None       where it happens; None is everywhere
    store : int or None
    """

    kind: str
    begin: int
    end: int
    size: float
    channel: str | None = None
    device: str | None = None
    department: str | None = None
    store: int | None = None

    def during(self, second: Ints) -> Bools:
        """Whether moments lie in it."""
        return np.asarray((second >= self.begin) & (second < self.end))

    def told(self) -> dict[str, Any]:
        """For the truth: the same, with dates."""
        days = {
            name: f"{START + timedelta(seconds=at):%Y-%m-%d}" for name, at in (("begin", self.begin), ("end", self.end))
        }
        return asdict(self) | days | {"store": None if self.store is None else f"ST{self.store:03d}"}


def draw_incident(seed: int, calendar: Calendar, stores: int) -> Incident:
    """Throw the dice for one incident in the last months of the data."""
    rng = dice(seed, "incident")
    kind = KINDS[rng.integers(len(KINDS))]
    begin = calendar.end - int(rng.integers(LATEST, EARLIEST)) * DAY
    return Incident(
        kind=kind,
        begin=begin,
        end=begin + int(rng.integers(*_LASTS)) * DAY,
        size=float(rng.uniform(*_SIZES[kind])),
        **_place(rng, kind, stores),
    )


def _place(rng: np.random.Generator, kind: str, stores: int) -> dict[str, Any]:
    if kind == "payment_bug":
        channel = ("web", "app", "mini_program")[rng.integers(3)]
        device = ("phone", "desktop")[rng.integers(2)]
        return {"channel": channel, "device": device if channel == "web" else None}
    if kind == "store_closed":
        return {"channel": "store", "store": int(rng.integers(stores))}
    if kind == "stock_out":
        return {"channel": "store", "department": DEPARTMENTS[rng.integers(len(DEPARTMENTS))]}
    if kind in ("consent_lost", "annoying_campaign"):
        return {"channel": CONTACT_CHANNELS[rng.integers(len(CONTACT_CHANNELS))]}
    if kind == "viral_article":
        return {"channel": ("web", "social", "community")[rng.integers(3)]}
    return {}


def payment_fails(incident: Incident | None, usual: Floats, channel: Ints, device: Ints, second: Ints) -> Floats:
    """The chance that a payment fails; `device` as codes into DEVICES."""
    if incident is None or incident.kind != "payment_bug":
        return usual
    here = (channel == PURCHASE_CHANNELS.index(str(incident.channel))) & incident.during(second)
    here &= (incident.device is None) | (device == DEVICES.index(incident.device or DEVICES[0]))
    return np.where(here, incident.size, usual)


def fee_times(incident: Incident | None, second: Ints) -> Floats:
    """Times the usual fee of a delivery."""
    if incident is None or incident.kind != "carrier_price":
        return np.ones(len(second))
    return np.where(incident.during(second), incident.size, 1.0)


def closed(incident: Incident | None, store: Ints, second: Ints) -> Bools:
    """Whether a store is closed then; −1 is no store."""
    if incident is None or incident.kind != "store_closed":
        return np.zeros(len(store), dtype=bool)
    return np.asarray((store == incident.store) & incident.during(second))


def department_of(incident: Incident | None) -> int:
    """Code of the department that an incident touches, −1 for none."""
    return -1 if incident is None or incident.department is None else DEPARTMENTS.index(incident.department)


def shelf_deters(incident: Incident | None, usual: Floats, wants: Bools, store: Ints, second: Ints) -> Floats:
    """The chance that an empty shelf ends an attempt; `wants`: a line is of the department that lacks."""
    if incident is None or incident.kind != "stock_out":
        return usual
    return np.where(wants & (store >= 0) & incident.during(second), incident.size, usual)


def objects_more(incident: Incident | None, channel: Ints, second: Ints) -> Floats:
    """What is added to the log-odds of an objection to a message; `channel` as codes into CONTACT_CHANNELS."""
    if incident is None or incident.kind != "annoying_campaign":
        return np.zeros(len(channel))
    here = (channel == CONTACT_CHANNELS.index(str(incident.channel))) & incident.during(second)
    return np.where(here, incident.size, 0.0)


def with_readers(
    incident: Incident | None, rng: np.random.Generator, joined: Ints, who: Ints, channel: Ints, second: Ints
) -> tuple[Ints, Ints, Ints]:
    """The visits of a week, and those that an article brings: by anybody who has joined, within the same hours.

    Parameters
    ----------
    joined : when each person joined, rising
    channel : codes into BROWSE_CHANNELS
    """
    if incident is None or incident.kind != "viral_article":
        return who, channel, second
    here = np.flatnonzero((channel == BROWSE_CHANNELS.index(str(incident.channel))) & incident.during(second))
    drawn = np.repeat(here, rng.poisson(incident.size, len(here)))
    moment = second[drawn] + rng.integers(0, HOUR, len(drawn))
    people = np.searchsorted(joined, second[drawn])
    reader = (rng.random(len(drawn)) * people).astype(np.int64)
    parts = ((who, reader), (channel, channel[drawn]), (second, moment))
    one, two, three = (np.concatenate(pair) for pair in parts)
    return one, two, three
