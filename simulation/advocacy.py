"""Word of mouth: reviews, shares, and friends who bring friends."""

import numpy as np

from simulation.dice import Ints, happens
from simulation.orders import Orders
from simulation.people import REFERRAL
from simulation.season import DAY, WEEK
from simulation.state import ACTIVE, World
from simulation.touches import Visits, touch
from simulation.words import BROWSE_CHANNELS

REVIEWS, SHARES = 0.16, 0.12  # a week with an order, for somebody whose advocacy is 1
VOCAL = 0.04  # anybody writes a review now and then
INVITES_UNHEARD = 0.010  # a week, for somebody whose advocacy is 1
_SOCIAL, _COMMUNITY = BROWSE_CHANNELS.index("social"), BROWSE_CHANNELS.index("community")


def speak(world: World, orders: Orders) -> None:
    """Reviews (value: stars) and shares in the days after the week's orders."""
    rng, made, p = world.rng("advocacy"), orders.made, world.people
    product = orders.lines.product[orders.lines.first(len(made.who))]
    mood, named = world.condition.mood[made.who], ~made.anonymous
    reviewing = named & happens(rng, VOCAL + REVIEWS * p.advocacy[made.who])
    stars = np.clip(np.round(4.2 + 0.9 * mood + rng.normal(0.0, 0.7, len(mood))), 1.0, 5.0)
    sharing = named & happens(rng, SHARES * p.advocacy[made.who] * np.exp(mood))
    for kind, mask, days in (("review", reviewing, 12), ("share", sharing, 5)):
        second = made.second[mask] + rng.integers(DAY // 2, days * DAY, int(mask.sum()))
        where = _COMMUNITY if kind == "review" else _SOCIAL
        value = stars[mask] if kind == "review" else np.nan
        touch(world, kind, _alone(made.who[mask], where, second), product_id=product[mask], value=value)


def _alone(who: Ints, channel: int, second: Ints) -> Visits:
    """Touchpoints outside any session."""
    nobody = np.full(len(who), -1)
    return Visits(who, np.full(len(who), channel), second, nobody, np.zeros(len(who), dtype=bool))


def welcome(world: World, week: int) -> None:
    """Give the week's newcomers who came through a friend their friend; other invitations go unheard."""
    rng, p, c = world.rng("referrals"), world.people, world.condition
    happy = p.advocacy * ((c.stage == ACTIVE) & (c.orders > 0)) * np.exp(c.mood)
    lo, hi = np.searchsorted(p.joined, (week * WEEK, (week + 1) * WEEK))
    friends = np.arange(lo, hi)[p.acquisition[lo:hi] == REFERRAL]
    if len(friends) and happy.sum() > 0:
        inviter = rng.choice(p.count, len(friends), p=happy / happy.sum())
        c.referred_by[friends] = inviter
        _invite(world, inviter, p.joined[friends] - rng.integers(DAY // 4, 5 * DAY, len(friends)))
    unheard = np.flatnonzero(happens(rng, INVITES_UNHEARD * np.minimum(happy, 1.0)))
    _invite(world, unheard, week * WEEK + rng.integers(0, WEEK, len(unheard)))


def _invite(world: World, who: Ints, second: Ints) -> None:
    touch(world, "invite", _alone(who, _SOCIAL, np.maximum(second, 0)))


def introduce_the_old(world: World) -> None:
    """Friends of those who joined before the data begin: somebody who had joined earlier still."""
    rng, p = world.rng("referrals"), world.people
    friends = np.flatnonzero(p.before & (p.acquisition == REFERRAL) & (np.arange(p.count) > 0))
    world.condition.referred_by[friends] = (rng.random(len(friends)) * friends).astype(np.int64)
