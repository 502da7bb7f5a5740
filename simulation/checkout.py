"""Where an attempt to buy can break off: fees, payment, slow pages, empty shelves."""

from dataclasses import dataclass

import numpy as np

from simulation import incidents
from simulation.baskets import Lines
from simulation.dice import Bools, Floats, Ints, dice, happens
from simulation.purchases import DELIVERY, Attempts
from simulation.records import STORE
from simulation.season import DAY, HOUR
from simulation.state import World
from simulation.words import ABANDON_REASONS, DEPARTMENT_OF, DEVICES, PURCHASE_CHANNELS

FREE_FROM, FEE = 9_900, 1_200  # hundredths
FEE_DETERS = 0.34
PAYMENT_FAILS = 0.025
SLOW_MS, SLOW_DETERS = 3_000.0, 0.25
SHELF_DETERS = 0.30
COMES_BACK = 0.45
_LOAD_MS, _LOAD_SPREAD, _WEEK_SPREAD = 1_000.0, 0.55, 0.25
WEB, PHONE = PURCHASE_CHANNELS.index("web"), DEVICES.index("phone")
CHANGED_MIND, SHIPPING, PAYMENT, SLOW, SHELF = range(len(ABANDON_REASONS))


@dataclass(frozen=True)
class Checkout:
    """How attempts ended; arrays of shape (attempts,).

    Attributes
    ----------
    value, fee : hundredths, what the basket costs and what its delivery does
    load_ms : how long the checkout page took; NaN in a store
    reason : why it was first abandoned, −1 if it was not
    ordered : bought in the end
    delay : seconds from the first attempt to the order, 0 if it was not abandoned
    cart : number of the cart; −1 in a store
    """

    value: Ints
    fee: Ints
    load_ms: Floats
    reason: Ints
    ordered: Bools
    delay: Ints
    cart: Ints


def check_out(world: World, week: int, wanted: Attempts, lines: Lines) -> Checkout:
    """Take every basket to the till; some of what is abandoned is bought a few days later."""
    rng, count = world.rng("checkout"), len(wanted.who)
    value = lines.totals(lines.paid, count)
    dearer = incidents.fee_times(world.incident, wanted.second)
    fee = np.where((wanted.fulfilment == DELIVERY) & (value < FREE_FROM), FEE * dearer, 0.0).astype(np.int64)
    load = page_load(world, rng, week, wanted.channel)
    reason = _first_obstacle(world, rng, wanted, lines, fee, load)
    back = happens(rng, np.full(count, COMES_BACK))
    delay = rng.integers(HOUR, 3 * DAY, count)
    back &= ~incidents.closed(world.incident, wanted.store, wanted.second + delay)
    online = wanted.channel != STORE
    cart = np.full(count, -1)
    cart[online] = world.numbers("cart", int(online.sum()))
    return Checkout(
        value=value,
        fee=fee,
        load_ms=load,
        reason=reason,
        ordered=(reason < 0) | back,
        delay=np.where((reason >= 0) & back, delay, 0),
        cart=cart,
    )


def page_load(world: World, rng: np.random.Generator, week: int, channel: Ints) -> Floats:
    """Milliseconds a page takes: some weeks are slow for everybody, and a store has no pages."""
    load = _LOAD_MS * slowness(world, week) * np.exp(rng.normal(0.0, _LOAD_SPREAD, len(channel)))
    return np.where(channel == STORE, np.nan, np.round(load))


def slowness(world: World, week: int) -> float:
    """Times the usual that pages take in a week."""
    return float(np.exp(dice(world.seed, f"pages of week {week}").normal(0.0, _WEEK_SPREAD)))


def _first_obstacle(
    world: World, rng: np.random.Generator, wanted: Attempts, lines: Lines, fee: Ints, load: Floats
) -> Ints:
    """The first thing that puts the person off, −1 if nothing does."""
    count, online = len(fee), wanted.channel != STORE
    failing = np.where(online, PAYMENT_FAILS, 0.0)
    device = np.where(wanted.channel == WEB, world.tastes.device[wanted.who], PHONE)
    obstacles = (
        (SLOW, np.where(np.nan_to_num(load) > SLOW_MS, SLOW_DETERS, 0.0)),
        (SHIPPING, np.minimum(FEE_DETERS * world.people.fee[wanted.who] * fee / FEE, 1.0)),
        (PAYMENT, incidents.payment_fails(world.incident, failing, wanted.channel, device, wanted.second)),
        (SHELF, _shelf(world, wanted, lines, count)),
    )
    reason = np.full(count, -1)
    for code, chance in obstacles:
        reason = np.where((reason < 0) & happens(rng, chance), code, reason)
    return reason


def _shelf(world: World, wanted: Attempts, lines: Lines, count: int) -> Floats:
    """The chance that an empty shelf ends each attempt."""
    empty = lines.totals(lines.lacking.astype(np.int64), count) > 0
    usual = np.where(empty, SHELF_DETERS, 0.0)
    department = np.array(DEPARTMENT_OF)[world.catalogue.category[lines.product]]
    lacks = incidents.department_of(world.incident)
    wants = lines.totals((department == lacks).astype(np.int64), count) > 0
    return incidents.shelf_deters(world.incident, usual, wants, wanted.store, wanted.second)
