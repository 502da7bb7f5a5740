"""Under which ids the shop's systems know a person: one main record, and often others at the till or in WeChat."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.dice import Bools, Ints, happens
from simulation.noise import Noise
from simulation.people import People
from simulation.season import DAY
from simulation.tastes import Tastes
from simulation.words import PURCHASE_CHANNELS, SOURCES

NOT_YET = 10**9
_LETTERS = ("C", "S", "M")
CRM, POS, WECHAT = range(len(SOURCES))
STORE, MINI = PURCHASE_CHANNELS.index("store"), PURCHASE_CHANNELS.index("mini_program")


@dataclass(frozen=True)
class Records:
    """A record's number is person × 3 + source.

    Attributes
    ----------
    since : array, shape (n, 3)     seconds from which the record exists; NOT_YET if it never does
    label : array, shape (n, 3)     the number in its id, mixed so that it betrays no person
    """

    since: Ints
    label: Ints

    def exists(self) -> Bools:
        """Which records there are at all, shape (n, 3)."""
        return self.since < NOT_YET

    def of(self, who: Ints, channel: Ints, second: Ints) -> Ints:
        """The record under which an event in a purchase or browse channel is written."""
        source = np.where(channel == STORE, POS, np.where(channel == MINI, WECHAT, CRM))
        known = self.since[who, source] <= second
        return who * len(SOURCES) + np.where(known, source, CRM)

    def ids(self) -> pa.Array:
        """The id of every record by its number, as text."""
        letters = np.array(_LETTERS)[np.arange(self.label.size) % len(SOURCES)]
        return pa.array(np.char.add(letters, np.char.zfill(self.label.ravel().astype(str), 7)))


def draw_records(rng: np.random.Generator, people: People, tastes: Tastes, noise: Noise) -> Records:
    """Throw the dice for second records; who hardly shops there has none."""
    count = people.count
    shares = tastes.purchase.max(axis=1)[:, [STORE, MINI]]
    has = happens(rng, noise.second_record * np.minimum(1.0, 3.0 * shares))
    delay = (rng.exponential(60.0, (count, 2)) * DAY).astype(np.int64)
    other = np.where(has, people.joined[:, None] + delay, NOT_YET)
    label = np.stack([rng.permutation(count) for _ in SOURCES], axis=1)
    return Records(since=np.column_stack([people.joined, other]), label=label)
