"""Whom the shop writes to, with what, through which channel: partly by lot, and every lot is logged.

At most one message a person and week goes out, and three lots decide on it. What the lots would have sent the control
group is withheld, and written down as such. Whether a person is written to depends on
how long they have been silent and on the list they are on. What they are sent is drawn in the shares of their silence
group. The channel is drawn from those that may be used; its probability, given that a message goes out, is the
propensity.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulation.dice import Bools, Floats, Ints, choose, happens
from simulation.people import CONTROL_SHARE
from simulation.season import DAY, HOUR, WEEK
from simulation.state import NEVER, World
from simulation.words import ACTIONS, ARMS, CONTACT_CHANNELS

NEWSLETTER, RECOMMEND, VOUCHER, FLASH, RESCUE, STATEMENT = range(len(ACTIONS))
POLICY, EXPLORE, CONTROL = range(len(ARMS))

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
    """Messages of the week, sent or withheld; arrays of shape (sends,).

    Attributes
    ----------
    propensity : of the channel, given the send
    action_propensity : of the action, given that the week's lots chose the person; where withheld, of withholding.
        NaN for statements, which everybody gets
    """

    who: Ints
    action: Ints
    channel: Ints
    second: Ints
    propensity: Floats
    action_propensity: Floats
    arm: Ints

    def take(self, chosen: Bools) -> "Sends":
        """Only the chosen ones, in order."""
        return Sends(**{name: column[chosen] for name, column in vars(self).items()})


def silence_group(world: World, week: int) -> Ints:
    """0 never ordered, 1 … 3 by weeks since the last order before this week."""
    silent = (week * WEEK - world.condition.last_order) / WEEK
    never = world.condition.last_order == NEVER
    return np.where(never, 0, 1 + np.digitize(silent, SILENCE_WEEKS))


def plan(world: World, week: int, group: Ints) -> tuple[Sends, Sends]:
    """Throw the week's three lots: what is sent, at most one message a person, and what the control group goes without.

    Statements go to the control group, too.
    """
    rng, c, p = world.rng("policy"), world.condition, world.people
    can = world.allowed().any(axis=1) & (world.here(week) == 1.0)
    in_cart = can & (c.pending >= 0)
    rescue = in_cart & happens(rng, np.full(p.count, RESCUE_SHARE))
    statement = can & ~(rescue & ~p.control) & (week % STATEMENT_EVERY == STATEMENT_IN)
    written = np.minimum(WRITTEN_TO[group] * p.cadence, 0.85)
    campaign = can & happens(rng, written)
    campaign &= ~rescue & ~statement
    drawn = choose(rng, ACTION_SHARES[group])
    chance = _chances(in_cart, written * (week % STATEMENT_EVERY != STATEMENT_IN), ACTION_SHARES[group], drawn)
    lots = ((campaign, drawn, chance[1]), (rescue, np.full(p.count, RESCUE), chance[0]))
    sent = [(mask & ~p.control, action, own) for mask, action, own in lots]
    sent.append((statement, np.full(p.count, STATEMENT), np.full(p.count, np.nan)))
    held = [(mask & p.control, action, np.full(p.count, CONTROL_SHARE)) for mask, action, _ in lots]
    withheld = _at_times(world, week, held, world.rng("withheld"))
    return _at_times(world, week, sent, rng), replace(withheld, arm=np.full(len(withheld.who), CONTROL))


def _chances(in_cart: Bools, written: Floats, shares: Floats, drawn: Ints) -> tuple[Floats, Floats]:
    """Probability that a rescue, or the drawn action, is sent to whom a lot chose; the rest is withholding."""
    saves = np.where(in_cart, RESCUE_SHARE, 0.0)
    either = np.maximum(saves + (1.0 - saves) * written, 1e-12)
    share = shares[np.arange(len(drawn)), drawn]
    kept = 1.0 - CONTROL_SHARE
    return kept * saves / either, kept * (1.0 - saves) * written * share / either


def _at_times(world: World, week: int, waves: Sequence[tuple[Bools, Ints, Floats]], rng: np.random.Generator) -> Sends:
    """Give each wave of people, actions and their chances a channel by lot and a moment of the week."""
    who = np.concatenate([np.flatnonzero(mask) for mask, _, _ in waves])
    channel, propensity, explored = draw_channel(rng, world.allowed()[who], world.condition.clicked_on[who])
    hours = SEND_HOURS[rng.integers(0, len(SEND_HOURS), len(who))] * HOUR + rng.integers(0, HOUR, len(who))
    return Sends(
        who=who,
        action=np.concatenate([action[mask] for mask, action, _ in waves]),
        channel=channel,
        second=week * WEEK + rng.integers(0, 7, len(who)) * DAY + hours,
        propensity=propensity,
        action_propensity=np.concatenate([chance[mask] for mask, _, chance in waves]),
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
