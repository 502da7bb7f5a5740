"""Orders cancelled, and goods sent back: rows of their own, often known late."""

import numpy as np

from simulation.dice import Bools, Floats, Ints, happens
from simulation.orders import CHANNEL_CODES, FULFILMENT_CODES, Orders
from simulation.purchases import DELIVERY
from simulation.season import DAY, HOUR
from simulation.state import World
from simulation.words import CODE, DEPARTMENT_OF, DEPARTMENTS

CANCELLED = 0.012
_BY_DEPARTMENT = {"fashion": 0.14, "home": 0.05}
_ELSEWHERE = 0.025
MOOD_OF_RETURN = -0.06


def send_back(world: World, orders: Orders) -> None:
    """Cancel some of the week's orders within a day, and send lines of others back within a month."""
    rng, count = world.rng("returns"), len(orders.number)
    cancelled = happens(rng, np.where(orders.made.fulfilment == DELIVERY, CANCELLED, 0.0))
    chance = _line_chances(world, orders)
    returned = happens(rng, chance) | cancelled[orders.lines.attempt]
    amount = orders.lines.totals(np.where(returned, orders.lines.paid, 0), count)
    back = amount > 0
    delay = np.where(cancelled, rng.integers(HOUR, DAY, count), rng.integers(3 * DAY, 30 * DAY, count))
    if back.any():
        _write(world, orders, returned & back[orders.lines.attempt], amount, back, delay)
    np.add.at(world.condition.mood, orders.made.who[back & ~cancelled], MOOD_OF_RETURN)


def _line_chances(world: World, orders: Orders) -> Floats:
    by_category = np.array([_BY_DEPARTMENT.get(DEPARTMENTS[code], _ELSEWHERE) for code in DEPARTMENT_OF])
    fragile = world.people.fragile[orders.made.who[orders.lines.attempt]]
    return np.minimum(by_category[world.catalogue.category[orders.lines.product]] * fragile, 0.6)


def _write(world: World, orders: Orders, returned: Bools, amount: Ints, back: Bools, delay: Ints) -> None:
    made, lines = orders.made.take(back), orders.lines.take(returned)
    number = world.ledgers["orders"].add(
        int(back.sum()),
        customer_id=np.where(made.anonymous, -1, orders.record[back]),
        happened_at=made.second + delay[back],
        amount=-amount[back],
        kind=CODE["return"],
        of_order_id=orders.number[back],
        channel=CHANNEL_CODES[made.channel],
        store_id=made.store,
        fulfilment=FULFILMENT_CODES[made.fulfilment],
    )
    place = np.cumsum(back) - 1
    world.ledgers["order_lines"].add(
        len(lines.attempt),
        order_id=number[place[lines.attempt]],
        product_id=lines.product,
        quantity=lines.quantity,
        amount=-lines.paid,
        on_display=lines.display,
        in_mailer=lines.mailer,
        with_coupon=lines.coupon,
    )
