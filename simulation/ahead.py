"""What is expected of everybody in the weeks ahead, with a message read and without: the world's rules, no dice.

A message works in more ways than by the orders it draws at once: whom it wakes or keeps from fading goes on buying at
the pace of an active customer, drawn by the same message, and an order makes the dormant active. So the chances of
every stage are carried from week to week by the very rules that people live by. Left out are moods that wander, and
when the next order is due: both are the same on average with the message and without.
"""

from dataclasses import dataclass

import numpy as np

from simulation import effects
from simulation.dice import Floats, Ints
from simulation.lifecycle import MOOD_KEPT, MOOD_ON_ORDERS, PACE, moves
from simulation.purchases import WANTS_AT_MOST
from simulation.season import yearly
from simulation.state import ACTIVE, DORMANT, PROSPECT, World

_LEAST = 1e-9  # a stage less likely than this is left out


@dataclass(frozen=True)
class Standing:
    """How persons are expected to stand, a row each.

    Attributes
    ----------
    who : (rows,)           persons; one may have several rows
    share : (rows, 5)       chance of every stage; those of all rows of a person add up to 1
    boost, mood : (rows,)   as in simulation.state.Condition
    """

    who: Ints
    share: Floats
    boost: Floats
    mood: Floats


def standing(world: World) -> Standing:
    """How everybody stands now."""
    c = world.condition
    return Standing(np.arange(world.people.count), np.eye(len(PACE))[c.stage], c.boost.copy(), c.mood.copy())


def week_ahead(world: World, now: Standing, week: int) -> tuple[Floats, Standing]:
    """What each person is expected to want in a week, in orders, shape (n,), and how they then stand."""
    share = _drifted(world, now, week)
    mood = MOOD_KEPT * now.mood
    here = world.here(week)[now.who]
    drawn = world.people.rate[now.who] * yearly(week) * np.exp(MOOD_ON_ORDERS * mood + now.boost) * here
    orders = np.minimum(drawn[:, None] * PACE, WANTS_AT_MOST)
    wanted = np.zeros(world.people.count)
    np.add.at(wanted, now.who, (share * orders).sum(axis=1))
    for stage in (PROSPECT, DORMANT):
        ordering = share[:, stage] * -np.expm1(-orders[:, stage])
        share[:, stage] -= ordering
        share[:, ACTIVE] += ordering
    return wanted, Standing(now.who, share, now.boost * effects.KEPT_A_WEEK, mood)


def having_read(world: World, now: Standing, action: int) -> Standing:
    """How everybody stands who has just read an action: a row for every stage they may be in."""
    row, stage = np.nonzero(now.share > _LEAST)
    who, deed = now.who[row], np.full(len(row), action)
    woken = effects.waking(world, who, deed, stage)[:, None]
    is_in, active = np.eye(len(PACE))[stage], np.eye(len(PACE))[np.full(len(row), ACTIVE)]
    share = now.share[row, stage][:, None] * ((1.0 - woken) * is_in + woken * active)
    return Standing(who, share, now.boost[row] + effects.lift(world, who, deed, stage), now.mood[row])


def orders_ahead(world: World, now: Standing, first: int, weeks: int) -> Floats:
    """What each person is expected to want in each of the weeks from `first` on, in orders, shape (weeks, n)."""
    wanted = np.empty((weeks, world.people.count))
    for place in range(weeks):
        wanted[place], now = week_ahead(world, now, first + place)
    return wanted


def _drifted(world: World, now: Standing, week: int) -> Floats:
    """Chances of the stages once the week's moves are over."""
    share, here = now.share.copy(), world.here(week)[now.who] > 0
    p = world.people
    mood = MOOD_KEPT * now.mood
    for stage, to, chance in moves(p.leave[now.who], p.pause[now.who], mood, now.boost):
        moving = now.share[:, stage] * chance * here
        share[:, stage] -= moving
        share[:, to] += moving
    return share
