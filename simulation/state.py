"""The world while it runs: what never changes, what changes week by week, and the rows written so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulation.dice import Bools, Floats, Ints, dice
from simulation.incidents import Incident
from simulation.ledger import Ledger, ledgers
from simulation.mechanism import Mechanism
from simulation.noise import Noise
from simulation.people import People
from simulation.products import Catalogue
from simulation.records import Records
from simulation.repertoire import Repertoire
from simulation.season import WEEK, Calendar, place
from simulation.stores import Stores
from simulation.tastes import Tastes
from simulation.words import CONTACT_CHANNELS, STAGES

PROSPECT, ACTIVE, FADING, DORMANT, GONE = range(len(STAGES))
NEVER = -(10**9)


@dataclass
class Condition:
    """How everybody is doing this week; arrays of shape (n,) unless said otherwise.

    Attributes
    ----------
    stage : one of PROSPECT … GONE
    mood : how they feel about the shop; 0 is usual, its spread over people about 0.5
    boost : what recent messages add to the log of their order rate
    fatigue : messages lately, the last week's counting most
    progress : steps taken on the way to the next order
    orders, last_order : count, and the moment of the last one (NEVER before the first)
    spent : hundredths since the tier was last set
    pending : number of an abandoned cart, −1 without one
    rescued : comes back for the cart next week
    voucher_until : moment until which a voucher can be redeemed
    clicked, clicked_at : the message last clicked, −1 once it has led to an order
    clicked_on : the contact channel last clicked, −1 before the first click
    referred_by : the person who invited them, −1 for nobody
    granted, dead : array, shape (n, 4), bool   consent to be contacted; the address no longer works
    """

    stage: Ints
    mood: Floats
    boost: Floats
    fatigue: Floats
    progress: Ints
    orders: Ints
    last_order: Ints
    spent: Ints
    tier: Ints
    pending: Ints
    rescued: Bools
    voucher_until: Ints
    clicked: Ints
    clicked_at: Ints
    clicked_on: Ints
    referred_by: Ints
    granted: Bools
    dead: Bools


def first_condition(rng: np.random.Generator, people: People) -> Condition:
    """Newcomers are prospects; those from before are a mix, as years of trading leave it."""
    count, before = people.count, people.before
    mix = rng.choice([ACTIVE, FADING, DORMANT, GONE], count, p=[0.66, 0.07, 0.12, 0.15])
    shape = (count, len(CONTACT_CHANNELS))
    since = np.maximum(-(rng.exponential(5.0, count) * WEEK).astype(np.int64), people.joined)
    return Condition(
        stage=np.where(before, mix, PROSPECT),
        mood=rng.normal(0.0, 0.5, count),
        boost=np.zeros(count),
        fatigue=np.zeros(count),
        progress=rng.integers(0, people.rhythm),
        orders=before.astype(np.int64),
        last_order=np.where(before, since, NEVER),
        spent=np.zeros(count, dtype=np.int64),
        tier=np.zeros(count, dtype=np.int64),
        pending=np.full(count, -1),
        rescued=np.zeros(count, dtype=bool),
        voucher_until=np.full(count, NEVER),
        clicked=np.full(count, -1),
        clicked_at=np.full(count, NEVER),
        clicked_on=np.full(count, -1),
        referred_by=np.full(count, -1),
        granted=np.zeros(shape, dtype=bool),
        dead=np.zeros(shape, dtype=bool),
    )


# (world, week, silence group) → the week's sends and what is withheld of them, as simulation.policy.Sends
Plans = Callable[["World", int, Ints], tuple[Any, Any]]


@dataclass
class World:
    """Everything there is; each mechanism reads what it needs and writes its rows.

    `plans` is who decides about messages instead of the house's lots (simulation.policy.plan).
    """

    seed: int
    calendar: Calendar
    noise: Noise
    people: People
    tastes: Tastes
    catalogue: Catalogue
    repertoire: Repertoire
    stores: Stores
    records: Records
    condition: Condition
    incident: Incident | None = None
    plans: Plans | None = None
    mechanism: Mechanism = field(default_factory=Mechanism)
    ledgers: dict[str, Ledger] = field(default_factory=ledgers)
    hidden: dict[str, Ledger] = field(default_factory=dict)
    _streams: dict[str, np.random.Generator] = field(default_factory=dict)
    _counters: dict[str, int] = field(default_factory=dict)

    def rng(self, mechanism: str) -> np.random.Generator:
        """The mechanism's own stream, continued from where it last stopped."""
        if mechanism not in self._streams:
            self._streams[mechanism] = dice(self.seed, mechanism)
        return self._streams[mechanism]

    def numbers(self, what: str, count: int) -> Ints:
        """The next `count` numbers of sessions, carts or tickets."""
        start = self._counters.get(what, 0)
        self._counters[what] = start + count
        return np.arange(start, start + count)

    def here(self, week: int) -> Floats:
        """The part of the week each person has been with the shop, shape (n,), 0 to 1."""
        return np.clip(((week + 1) * WEEK - self.people.joined) / WEEK, 0.0, 1.0)

    def allowed(self) -> Bools:
        """Which channels may be used: an address on file that works, and consent. Shape (n, 4)."""
        return self.tastes.reach & self.condition.granted & ~self.condition.dead

    def moments(self, rng: np.random.Generator, who: Ints, week: int) -> Ints:
        """A moment in the week for each of these persons' events, never before they joined."""
        p = self.people
        when = place(rng, week, p.weekday[who], p.habit[who], p.payday[who], p.hour[who])
        start = np.maximum(p.joined[who], week * WEEK)
        late = start + 60 + (rng.random(len(who)) * ((week + 1) * WEEK - start)).astype(np.int64)
        return np.where(when < start, late, when)
