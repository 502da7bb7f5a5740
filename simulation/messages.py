"""Messages sent, and what comes back: deliveries, opens by people and machines, clicks, orders, objections."""

from dataclasses import dataclass

import numpy as np

from simulation import effects
from simulation.browse import land
from simulation.consents import object_to
from simulation.dice import Bools, Floats, Ints, happens, sigmoid
from simulation.incidents import objects_more
from simulation.lifecycle import LISTENING
from simulation.orders import Orders
from simulation.policy import CONTROL, STATEMENT, Sends, plan
from simulation.season import DAY, HOUR, WEEK
from simulation.state import World
from simulation.words import ACTIONS, ARMS, CODE, CONTACT_CHANNELS

# By action: newsletter, recommend, win_back_voucher, flash_sale, rescue_cart, statement.
APPEAL = np.array([0.0, 0.3, 0.5, 0.2, 0.8, -0.8])
OBJECTION = np.array([0.0, -0.3, -0.3, 1.3, 0.0, -1.0])
OPENS_ABOVE_CLICKS = 2.0  # log-odds
SMS_READ = 0.45  # a text needs no opening
MOOD_ON_ANSWERS, FATIGUE_ON_ANSWERS, HOUR_ON_ANSWERS = 0.7, 0.22, 0.6
UNSUBSCRIBES, COMPLAINS = -6.6, -8.6  # log-odds, at usual mood and no fatigue
MOOD_ON_OBJECTING, FATIGUE_ON_OBJECTING = 1.3, 0.35
BOUNCES = np.array([0.012, 0.008, 0.02, 0.004])
DIES_A_WEEK = np.array([0.0008, 0.0004, 0.0025, 0.0006])
FATIGUE_KEPT = 0.75
MACHINE_OPENS = 0.92
CONVERSION_WEEKS, CONVERSION_SEEN = 1, 0.85
_COST = np.array([1, 5, 1, 2])  # hundredths
_CHANNEL_CODES = np.array([CODE[name] for name in CONTACT_CHANNELS])
_ACTION_CODES = np.array([CODE[name] for name in ACTIONS])
_ARM_CODES = np.array([CODE[name] for name in ARMS])
EMAIL, SMS = CONTACT_CHANNELS.index("email"), CONTACT_CHANNELS.index("sms")


@dataclass(frozen=True)
class Answers:
    """What came back for each send; arrays of shape (sends,), bool."""

    delivered: Bools
    opened: Bools
    clicked: Bools
    machine: Bools
    unsubscribed: Bools
    complained: Bools

    @property
    def objected(self) -> Bools:
        """Unsubscribed or complained."""
        return self.unsubscribed | self.complained


def converse(world: World, week: int, group: Ints) -> None:
    """Send the week's messages, take the answers, let both work."""
    c = world.condition
    c.dead |= happens(world.rng("addresses"), np.broadcast_to(DIES_A_WEEK, c.dead.shape))
    sends, withheld = (world.plans or plan)(world, week, group)
    answers = _answer(world, week, sends)
    number = _write(world, week, sends)
    _write(world, week, withheld)
    _write_answers(world, sends, answers, number)
    read = answers.opened | answers.clicked
    read |= answers.delivered & (sends.channel == SMS) & happens(world.rng("reading"), np.full(len(read), SMS_READ))
    c.boost *= effects.KEPT_A_WEEK
    effects.apply(world, sends, answers.delivered, read)
    c.fatigue = FATIGUE_KEPT * c.fatigue + np.bincount(sends.who, minlength=world.people.count)
    c.pending[:] = -1
    object_to(world, sends.take(answers.objected))
    _remember_clicks(world, week, sends.take(answers.clicked), number[answers.clicked])


def click_logit(world: World, week: int, who: Ints, channel: Ints, action: Ints) -> Floats:
    """Log-odds of a click, before the hour of sending counts; all of shape (n,)."""
    c, p = world.condition, world.people
    tired = FATIGUE_ON_ANSWERS * p.irritable[who] * c.fatigue[who]
    taste = world.tastes.now(world.tastes.contact, week)[who, channel] + APPEAL[action]
    return np.asarray(taste + MOOD_ON_ANSWERS * c.mood[who] + LISTENING[c.stage[who]] - tired)


def at_hour(world: World, who: Ints, hour: Floats) -> Floats:
    """What the hour of sending adds to the log-odds of a click: most at the person's own hour."""
    return np.asarray(HOUR_ON_ANSWERS * np.cos(2.0 * np.pi * (hour - world.people.hour[who]) / 24.0))


def _answer(world: World, week: int, sends: Sends) -> Answers:
    rng, c, p, who = world.rng("answers"), world.condition, world.people, sends.who
    dead = c.dead[who, sends.channel]
    delivered = ~happens(rng, np.where(dead, 1.0, BOUNCES[sends.channel]))
    logit = click_logit(world, week, who, sends.channel, sends.action) + at_hour(world, who, sends.second % DAY / HOUR)
    clicked = delivered & happens(rng, sigmoid(logit))
    opens = delivered & (sends.channel != SMS)
    opened = opens & (clicked | happens(rng, sigmoid(logit + OPENS_ABOVE_CLICKS)))
    objection = OBJECTION[sends.action] - MOOD_ON_OBJECTING * c.mood[who]
    objection = objection + FATIGUE_ON_OBJECTING * p.irritable[who] * c.fatigue[who]
    objection = objection + objects_more(world.incident, sends.channel, sends.second)
    machine = opens & (sends.channel == EMAIL) & p.machine_opener[who]
    return Answers(
        delivered=delivered,
        opened=opened,
        clicked=clicked,
        machine=machine & happens(rng, np.full(len(who), MACHINE_OPENS)),
        unsubscribed=delivered & happens(rng, sigmoid(UNSUBSCRIBES + objection)),
        complained=delivered & happens(rng, sigmoid(COMPLAINS + objection)),
    )


def _write(world: World, week: int, sends: Sends) -> Ints:
    purpose = np.where(sends.action == STATEMENT, CODE["service"], CODE["marketing"])
    return world.ledgers["messages"].add(
        len(sends.who),
        customer_id=3 * sends.who,
        happened_at=sends.second,
        channel=_CHANNEL_CODES[sends.channel],
        campaign_id=week * len(ACTIONS) + sends.action,
        action=_ACTION_CODES[sends.action],
        purpose=purpose,
        cost=np.where(sends.arm == CONTROL, 0, _COST[sends.channel]),
        propensity=sends.propensity,
        action_propensity=sends.action_propensity,
        arm=_ARM_CODES[sends.arm],
        decision_id=world.numbers("decision", len(sends.who)),
    )


def _write_answers(world: World, sends: Sends, answers: Answers, number: Ints) -> None:
    """One row an answer, each a while after the send; an open by a machine comes within minutes."""
    rng, count = world.rng("answer times"), len(number)
    opened_at = sends.second + 60 + (rng.exponential(5.0 * HOUR, count)).astype(np.int64)
    rows = (
        ("delivered", answers.delivered, sends.second + rng.integers(1, 120, count), 0),
        ("bounce", ~answers.delivered, sends.second + rng.integers(1, 600, count), 0),
        ("open", answers.machine, sends.second + rng.integers(5, 300, count), 1),
        ("open", answers.opened, opened_at, 0),
        ("click", answers.clicked, opened_at + rng.integers(5, 600, count), 0),
        ("unsubscribe", answers.unsubscribed, opened_at + rng.integers(30, 900, count), 0),
        ("complaint", answers.complained, opened_at + rng.integers(HOUR, DAY, count), 0),
    )
    for kind, mask, second, machine in rows:
        world.ledgers["responses"].add(
            int(mask.sum()), message_id=number[mask], kind=CODE[kind], happened_at=second[mask], is_machine=machine
        )


def _remember_clicks(world: World, week: int, clicks: Sends, number: Ints) -> None:
    """A click brings the person to the site, and an order soon after counts as converted."""
    c = world.condition
    c.clicked[clicks.who], c.clicked_at[clicks.who] = number, clicks.second
    c.clicked_on[clicks.who] = clicks.channel
    land(world, week, clicks.who, clicks.channel, clicks.second)


def convert(world: World, orders: Orders) -> None:
    """Credit the message clicked within a week before an order; a redeemed voucher is the item."""
    c, made = world.condition, orders.made
    rng = world.rng("conversions")
    since = made.second - c.clicked_at[made.who]
    seen = (c.clicked[made.who] >= 0) & (since > 0) & (since <= CONVERSION_WEEKS * WEEK) & ~made.anonymous
    seen &= happens(rng, np.full(len(since), CONVERSION_SEEN))
    who, first = np.unique(made.who[seen], return_index=True)
    place = np.flatnonzero(seen)[first]
    redeemed = orders.lines.totals(orders.lines.coupon.astype(np.int64), len(orders.number))[place] > 0
    number = c.clicked[who]
    world.ledgers["responses"].add(
        len(who),
        message_id=number,
        kind=CODE["convert"],
        happened_at=made.second[place],
        item=np.where(redeemed, number, -1),
        is_machine=0,
    )
    c.clicked[who] = -1
