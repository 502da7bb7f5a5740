"""Whom the shop writes to, with what, through which channel: partly by lot, and every lot is logged.

At most one message a person and week goes out, and three lots decide on it. Whether a person is written to depends on
how long they have been silent and on the list they are on. What they are sent is drawn in the shares of their silence
group. The channel is drawn from those that may be used; its probability, given that a message goes out, is the
propensity.
"""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, choose, happens
from simulation.season import DAY, HOUR, WEEK
from simulation.state import NEVER, World
from simulation.words import ACTIONS, ARMS, CONTACT_CHANNELS

NEWSLETTER, RECOMMEND, VOUCHER, FLASH, RESCUE, STATEMENT = range(len(ACTIONS))
POLICY, EXPLORE = range(len(ARMS))

# Silence groups: never ordered, below 8 weeks, below 26 weeks, longer.
SILENCE_WEEKS = (8, 26)
WRITTEN_TO = np.array([0.25, 0.45, 0.40, 0.14])
ACTION_SHARES = np.array(
    [[0.45, 0.30, 0.05, 0.20], [0.35, 0.30, 0.15, 0.20], [0.25, 0.20, 0.40, 0.15], [0.30, 0.10, 0.50, 0.10]]
)
RESCUE_SHARE = 0.5  # of abandoned carts, by lot
STATEMENT_EVERY, STATEMENT_IN = 13, 6  # weeks
EXPLORING = 0.4
HOUSE_RULE = np.array([0.60, 0.10, 0.12, 0.18])  # email, sms, push, wechat
LAST_CLICKED = 3.0  # times the weight for the channel clicked last
SEND_HOURS = np.array([8, 10, 12, 15, 18, 20])


@dataclass(frozen=True)
class Sends:
    """Messages of the week; arrays of shape (sends,). Propensity is that of the channel, given the send."""

    who: Ints
    action: Ints
    channel: Ints
    second: Ints
    propensity: Floats
    arm: Ints

    def take(self, chosen: Bools) -> "Sends":
        """Only the chosen ones, in order."""
        return Sends(**{name: column[chosen] for name, column in vars(self).items()})


def silence_group(world: World, week: int) -> Ints:
    """0 never ordered, 1 … 3 by weeks since the last order before this week."""
    silent = (week * WEEK - world.condition.last_order) / WEEK
    never = world.condition.last_order == NEVER
    return np.where(never, 0, 1 + np.digitize(silent, SILENCE_WEEKS))


def plan(world: World, week: int, group: Ints) -> Sends:
    """Throw the week's three lots. At most one message a person; the control group gets statements only."""
    rng, c, p = world.rng("policy"), world.condition, world.people
    allowed = world.allowed()
    can = allowed.any(axis=1) & (world.here(week) == 1.0)
    rescue = can & ~p.control & (c.pending >= 0) & happens(rng, np.full(p.count, RESCUE_SHARE))
    statement = can & ~rescue & (week % STATEMENT_EVERY == STATEMENT_IN)
    campaign = can & ~p.control & happens(rng, np.minimum(WRITTEN_TO[group] * p.cadence, 0.85))
    campaign &= ~rescue & ~statement
    drawn = choose(rng, ACTION_SHARES[group])
    waves = ((campaign, drawn), (rescue, np.full(p.count, RESCUE)), (statement, np.full(p.count, STATEMENT)))
    who = np.concatenate([np.flatnonzero(mask) for mask, _ in waves])
    action = np.concatenate([codes[mask] for mask, codes in waves])
    channel, propensity, explored = draw_channel(rng, allowed[who], c.clicked_on[who])
    hours = SEND_HOURS[rng.integers(0, len(SEND_HOURS), len(who))] * HOUR + rng.integers(0, HOUR, len(who))
    return Sends(
        who=who,
        action=action,
        channel=channel,
        second=week * WEEK + rng.integers(0, 7, len(who)) * DAY + hours,
        propensity=propensity,
        arm=np.where(explored, EXPLORE, POLICY),
    )


def draw_channel(rng: np.random.Generator, allowed: Bools, last_clicked: Ints) -> tuple[Ints, Floats, Bools]:
    """Draw one allowed channel a row: uniformly when exploring, else by the house's rule.

    Returns
    -------
    channel : array, shape (n,), int        code into CONTACT_CHANNELS
    propensity : array, shape (n,), (0, 1]  the probability it had, over both ways of drawing
    explored : array, shape (n,), bool
    """
    uniform = allowed / allowed.sum(axis=1, keepdims=True)
    favoured = np.arange(len(CONTACT_CHANNELS)) == last_clicked[:, None]
    weights = allowed * HOUSE_RULE * np.where(favoured, LAST_CLICKED, 1.0)
    rule = weights / weights.sum(axis=1, keepdims=True)
    explored = happens(rng, np.full(len(allowed), EXPLORING))
    channel = choose(rng, np.where(explored[:, None], uniform, rule))
    mixed = EXPLORING * uniform + (1.0 - EXPLORING) * rule
    return channel, mixed[np.arange(len(channel)), channel], explored
