"""Who wants to buy this week, through which channel, and what becomes of it."""

from dataclasses import dataclass, replace

import numpy as np

from simulation.dice import Bools, Floats, Ints, choose, happens
from simulation.incidents import closed
from simulation.lifecycle import MOOD_ON_ORDERS, PACE
from simulation.records import STORE
from simulation.season import yearly
from simulation.state import World
from simulation.stores import other_store
from simulation.words import PURCHASE_CHANNELS

LIVE = PURCHASE_CHANNELS.index("live")
DELIVERY, PICK_UP, IN_STORE = range(3)
PICK_UP_SHARE = 0.12
AWAY_SHARE = 0.15
_STEPS_AT_MOST = 40.0
WANTS_AT_MOST = 5


@dataclass(frozen=True)
class Attempts:
    """Attempts to buy; arrays of shape (attempts,).

    Attributes
    ----------
    who, second, channel, store : person, moment, code into PURCHASE_CHANNELS, store (−1 for a delivery)
    fulfilment : DELIVERY, PICK_UP or IN_STORE
    anonymous : the shop does not learn who it was
    """

    who: Ints
    second: Ints
    channel: Ints
    store: Ints
    fulfilment: Ints
    anonymous: Bools

    def take(self, chosen: Bools | Ints) -> "Attempts":
        """Only the chosen ones, in order."""
        return Attempts(**{name: column[chosen] for name, column in vars(self).items()})

    def later(self, seconds: Ints) -> "Attempts":
        """The same attempts, so much later."""
        return replace(self, second=self.second + seconds)


def pace(world: World, week: int) -> Floats:
    """Expected orders of every person this week, shape (n,)."""
    c, p = world.condition, world.people
    drawn = np.exp(MOOD_ON_ORDERS * c.mood + c.boost)
    return np.asarray(p.rate * yearly(week) * PACE[c.stage] * drawn * world.here(week))


def attempts(world: World, week: int) -> Attempts:
    """Attempts to buy this week, in no order of time.

    An order is due after `rhythm` steps; steps come by chance at `rhythm` times the order rate. So the gaps between
    orders are as regular as the person is, and a forced return to a cart comes on top.
    """
    rng, c, p = world.rng("purchases"), world.condition, world.people
    steps = c.progress + rng.poisson(np.minimum(p.rhythm * pace(world, week), _STEPS_AT_MOST))
    wants = np.minimum(steps // p.rhythm + c.rescued, WANTS_AT_MOST)
    c.progress, c.rescued = steps % p.rhythm, np.zeros(p.count, dtype=bool)
    who = np.repeat(np.arange(p.count), wants)
    channel = choose(rng, world.tastes.now(world.tastes.purchase, week)[who])
    wanted = _whereabouts(world, rng, who, world.moments(rng, who, week), channel)
    shut = closed(world.incident, np.where(wanted.fulfilment == DELIVERY, -1, wanted.store), wanted.second)
    return wanted.take(~shut)


def _whereabouts(world: World, rng: np.random.Generator, who: Ints, second: Ints, channel: Ints) -> Attempts:
    fetched = happens(rng, np.where((channel == STORE) | (channel == LIVE), 0.0, PICK_UP_SHARE))
    fulfilment = np.where(channel == STORE, IN_STORE, np.where(fetched, PICK_UP, DELIVERY))
    unseen = np.where(channel == STORE, world.noise.guests_in_store, world.noise.guests_online)
    store = other_store(rng, world.stores, who, AWAY_SHARE)
    return Attempts(
        who=who,
        second=second,
        channel=channel,
        store=np.where(fulfilment == DELIVERY, -1, store),
        fulfilment=fulfilment,
        anonymous=happens(rng, unseen),
    )
