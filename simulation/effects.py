"""What a message truly does to the person who reads it: some help, some do nothing, some annoy."""

import numpy as np

from simulation.dice import Bools, Floats, Ints, happens
from simulation.lifecycle import enter
from simulation.lost_carts import rescue
from simulation.people import People
from simulation.policy import RESCUE, VOUCHER, Sends
from simulation.season import WEEK
from simulation.state import ACTIVE, DORMANT, FADING, World

KEPT_A_WEEK = 0.5
IRRITATION = np.array([0.00, 0.00, 0.00, 0.14, 0.00, 0.00])  # taken off the mood of all but bargain hunters
FATIGUE_IRRITATES = 0.015  # taken off the mood for each message lately beyond TIRED_FROM
TIRED_FROM = 2.5
VOUCHER_WEEKS = 2
CART_RESCUED = 0.28


def lift(world: World, who: Ints, action: Ints, stage: Ints) -> Floats:
    """What reading `action` in `stage` adds to the log of the order rate of `who`; all of shape (n,)."""
    how = world.mechanism
    felt = 2.0 * _trait(world, who, action) * how.lift[action, stage]
    if not how.worn:
        return np.asarray(felt)
    tired = how.worn * world.people.irritable[who] * world.condition.fatigue[who]
    return np.asarray(np.where(felt > 0, felt - tired, felt))


def _trait(world: World, who: Ints, action: Ints) -> Floats:
    """How strongly an action moves a person, 0 to 1; 0.5 for everybody where it answers no trait."""
    how, trait = world.mechanism, np.full(len(who), 0.5)
    for moved, name in how.traits.items():
        own = getattr(world.people, name)[who]
        trait = np.where(action == moved, own if how.above is None else own > how.above, trait)
    return trait


def irritation(people: People, who: Ints, action: Ints) -> Floats:
    """What receiving `action` takes off the mood of `who`, apart from fatigue; all of shape (n,)."""
    return np.asarray(IRRITATION[action] * 2.0 * (1.0 - people.discount[who]) * people.irritable[who])


def waking(world: World, who: Ints, action: Ints, stage: Ints) -> Floats:
    """The chance that reading `action` makes a dormant or fading person active at once; all of shape (n,)."""
    asleep = np.isin(stage, (DORMANT, FADING)) & (action == VOUCHER)
    return np.asarray(2.0 * world.mechanism.wakes * _trait(world, who, action) * asleep)


def apply(world: World, sends: Sends, received: Bools, read: Bools) -> None:
    """Let the week's messages work on those who got them, and on those who read them."""
    c, p, who = world.condition, world.people, sends.who
    np.add.at(c.boost, who, read * lift(world, who, sends.action, c.stage[who]))
    tired = FATIGUE_IRRITATES * np.maximum(c.fatigue[who] - TIRED_FROM, 0.0) * p.irritable[who]
    np.subtract.at(c.mood, who, received * (irritation(p, who, sends.action) + tired))
    _voucher(world, sends.take(read & (sends.action == VOUCHER)))
    _rescue(world, sends.take(read & (sends.action == RESCUE)))


def _voucher(world: World, read: Sends) -> None:
    """A voucher read can be redeemed for two weeks, and may wake a dormant customer or stop one fading."""
    c, who = world.condition, read.who
    c.voucher_until[who] = np.maximum(c.voucher_until[who], read.second + VOUCHER_WEEKS * WEEK)
    woken = happens(world.rng("effects"), waking(world, who, read.action, c.stage[who]))
    enter(world, who[woken], ACTIVE, read.second[woken])


def _rescue(world: World, read: Sends) -> None:
    """A rescue read brings some of those who are no more than fading back for their cart."""
    c, who = world.condition, read.who
    back = happens(world.rng("effects"), np.where(np.isin(c.stage[who], (ACTIVE, FADING)), CART_RESCUED, 0.0))
    c.rescued[who[back]] = True
    rescue(world, who, read.second, back)
