"""When something goes wrong: service cases, how they end, and the mood they leave behind."""

import numpy as np

from simulation.dice import Bools, Floats, Ints, deal, happens
from simulation.ledger import Ledger
from simulation.orders import Orders
from simulation.purchases import DELIVERY, IN_STORE
from simulation.season import DAY, HOUR
from simulation.state import World
from simulation.words import CODE, TOPICS

TROUBLE_DELIVERED, TROUBLE_ELSEWHERE = 0.055, 0.015
_TOPIC_SHARES = (0.38, 0.18, 0.12, 0.20, 0.12)
_TOPIC_GRAVITY = np.array([0.5, 0.9, 0.8, 0.5, 0.0])
SLOW_CASE = 0.15
UNANSWERED = 0.04
RATED = 0.6
SURVEYED = 0.03
MOOD_A_STAR, NEUTRAL_STARS = 0.28, 3.7
_CHANNELS = np.array([CODE["call"], CODE["web"], CODE["app"], CODE["store"]])
_TOPIC_CODES = np.array([CODE[topic] for topic in TOPICS])


def serve(world: World, orders: Orders) -> None:
    """Open and close the cases of the week's orders, and ask a few customers how satisfied they are."""
    rng, made = world.rng("service"), orders.made
    base = np.where(made.fulfilment == IN_STORE, TROUBLE_ELSEWHERE, TROUBLE_DELIVERED)
    chance = np.minimum(base * world.people.fragile[made.who], 0.5)
    case = np.flatnonzero(happens(rng, chance) & ~made.anonymous)
    _cases(world, rng, made.who[case], made.second[case], made.fulfilment[case] == DELIVERY)
    asked = np.flatnonzero(happens(rng, np.full(len(made.who), SURVEYED)) & ~made.anonymous)
    _survey(world, rng, made.who[asked], made.second[asked])


def _cases(world: World, rng: np.random.Generator, who: Ints, second: Ints, delivered: Bools) -> None:
    """A case is written when it opens and, with closing and rating, once more when it closes."""
    count = len(who)
    topic = deal(rng, _TOPIC_SHARES, count)
    opened = second + rng.integers(2 * HOUR, 8 * DAY, count)
    days = rng.lognormal(0.3, 0.8, count) + np.where(happens(rng, np.full(count, SLOW_CASE)), 9.0, 0.0)
    stars = _stars(rng, 4.9 - 0.28 * days - _TOPIC_GRAVITY[topic] + 0.3 * world.condition.mood[who])
    number, channel = world.numbers("ticket", count), _CHANNELS[deal(rng, (0.4, 0.25, 0.2, 0.15), count)]
    answered = ~happens(rng, np.full(count, UNANSWERED))
    stars = np.where(answered, stars, 1.0)
    touchpoint = np.where(delivered, CODE["delivery"], CODE["in_store"])
    common = {"ticket_id": number, "customer_id": 3 * who, "happened_at": opened, "channel": channel}
    common |= {"topic": _TOPIC_CODES[topic], "touchpoint": touchpoint}
    ledger = world.ledgers["tickets"]
    ledger.add(count, **common, known_at=opened)
    closed = opened + (days * DAY).astype(np.int64)
    rating = np.where(happens(rng, np.full(count, RATED)), stars, np.nan)
    _close(ledger, common, answered, closed, rating)
    np.add.at(world.condition.mood, who, MOOD_A_STAR * (stars - NEUTRAL_STARS))


def _close(ledger: Ledger, common: dict[str, Ints], answered: Bools, closed: Ints, rating: Floats) -> None:
    rows = {name: column[answered] for name, column in common.items()}
    at = closed[answered]
    ledger.add(int(answered.sum()), **rows, known_at=at, closed_at=at, satisfaction=rating[answered])


def _survey(world: World, rng: np.random.Generator, who: Ints, second: Ints) -> None:
    """A rating of the shop as a whole: the mood shows."""
    asked = second + rng.integers(DAY, 6 * DAY, len(who))
    world.ledgers["tickets"].add(
        len(who),
        ticket_id=world.numbers("ticket", len(who)),
        customer_id=3 * who,
        happened_at=asked,
        known_at=asked,
        closed_at=asked,
        channel=CODE["email"],
        topic=CODE["survey"],
        satisfaction=_stars(rng, 3.8 + 0.9 * world.condition.mood[who]),
        touchpoint=CODE["purchase"],
    )


def _stars(rng: np.random.Generator, level: Floats) -> Floats:
    return np.clip(np.round(level + rng.normal(0.0, 0.6, len(level))), 1.0, 5.0)
