"""Orders and their lines as the shop writes them down, and what an order does to the person."""

from dataclasses import dataclass

import numpy as np

from simulation.baskets import Lines
from simulation.checkout import Checkout
from simulation.dice import Ints
from simulation.ledger import Ledger
from simulation.lifecycle import enter
from simulation.purchases import DELIVERY, Attempts
from simulation.rights import granted
from simulation.state import ACTIVE, DORMANT, PROSPECT, World
from simulation.words import CODE, PURCHASE_CHANNELS

FULFILMENT_CODES = np.array([CODE["delivery"], CODE["pick_up"], CODE["in_store"]])
CHANNEL_CODES = np.array([CODE[channel] for channel in PURCHASE_CHANNELS])
BUYER_FORMS = {"order_id": "order", "person": "person", "happened_at": "moment", "amount": "money"}


def buyer_ledger() -> Ledger:
    """Who really made each order, guests included, for the truth."""
    return Ledger(BUYER_FORMS)


@dataclass(frozen=True)
class Orders:
    """The week's orders: the attempts that succeeded, at the moment they did, with their lines.

    `number` is the order's row; lines point to the order's place in this week by `attempt`.
    """

    made: Attempts
    number: Ints
    value: Ints
    record: Ints
    lines: Lines


def write_orders(world: World, wanted: Attempts, lines: Lines, checkout: Checkout) -> Orders:
    """Write the successful attempts down and let them count for the person."""
    made = wanted.later(checkout.delay).take(checkout.ordered)
    place = np.cumsum(checkout.ordered) - 1
    kept = lines.take(checkout.ordered[lines.attempt])
    kept = Lines(**{**vars(kept), "attempt": place[kept.attempt]})
    value, fee = checkout.value[checkout.ordered], checkout.fee[checkout.ordered]
    record = world.records.of(made.who, made.channel, made.second)
    number = world.ledgers["orders"].add(
        len(made.who),
        customer_id=np.where(made.anonymous, -1, record),
        happened_at=made.second,
        amount=value,
        kind=CODE["order"],
        discount=kept.totals(kept.full, len(value)) - value,
        shipping=np.where(made.fulfilment == DELIVERY, fee, 0),
        channel=CHANNEL_CODES[made.channel],
        store_id=made.store,
        fulfilment=FULFILMENT_CODES[made.fulfilment],
    )
    _write_lines(world, made, number, kept)
    world.hidden["buyers"].add(len(number), order_id=number, person=made.who, happened_at=made.second, amount=value)
    _count(world, made, value)
    return Orders(made, number, value, record, kept)


def _write_lines(world: World, made: Attempts, number: Ints, lines: Lines) -> None:
    tier = np.where(made.anonymous, -1, world.condition.tier[made.who])
    world.ledgers["order_lines"].add(
        len(lines.attempt),
        order_id=number[lines.attempt],
        product_id=lines.product,
        quantity=lines.quantity,
        amount=lines.paid,
        on_display=lines.display,
        in_mailer=lines.mailer,
        with_coupon=lines.coupon,
        benefit=granted(world.rng("rights"), tier[lines.attempt], made.channel[lines.attempt]),
    )


def _count(world: World, made: Attempts, value: Ints) -> None:
    """Prospects become active with their first order, the dormant with their next."""
    c = world.condition
    waking = np.isin(c.stage[made.who], (PROSPECT, DORMANT))
    who, first = np.unique(made.who[waking], return_index=True)
    enter(world, who, ACTIVE, made.second[waking][first])
    np.add.at(c.orders, made.who, 1)
    np.maximum.at(c.last_order, made.who, made.second)
    named = ~made.anonymous
    np.add.at(c.spent, made.who[named], value[named])
