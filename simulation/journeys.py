"""The visits that lead to an order, touchpoint by touchpoint, and those that break off on the way."""

from dataclasses import replace

import numpy as np

from simulation.baskets import Lines
from simulation.checkout import PAYMENT, Checkout
from simulation.dice import Bools, happens
from simulation.lost_carts import lose
from simulation.purchases import DELIVERY, Attempts
from simulation.records import STORE
from simulation.state import World
from simulation.touches import REASON_CODES, Visits, device_of, touch

SEEN_IN_STORE = 0.25  # of store purchases leave a visit behind, by the store's beacon
TRIED_ON = 0.15
_BEFORE = 900  # seconds of a visit before the checkout


def walk(world: World, wanted: Attempts, lines: Lines, checkout: Checkout) -> None:
    """Write the touchpoints of the week's attempts to buy; a lost cart may be rescued later."""
    session = world.numbers("session", len(wanted.who))
    visits = Visits(wanted.who, wanted.channel, wanted.second, session, wanted.anonymous)
    online = wanted.channel != STORE
    _browse_first(world, visits, lines, checkout, online)
    _at_checkout(world, visits, checkout, online, online & (wanted.fulfilment == DELIVERY))
    _second_visit(world, visits, checkout, online & (checkout.delay > 0))
    _in_store(world, visits, wanted, checkout)
    lost = ~checkout.ordered & online & ~wanted.anonymous
    product = lines.product[lines.first(len(lost))][lost]
    lose(world, wanted.who[lost], checkout.cart[lost], wanted.second[lost], checkout.reason[lost], product)


def _browse_first(world: World, visits: Visits, lines: Lines, checkout: Checkout, online: Bools) -> None:
    rng, product = world.rng("journeys"), lines.product[lines.first(len(online))][online]
    here, cart = visits.take(online), checkout.cart[online]
    dwell, device = np.round(rng.lognormal(5.8, 0.5, len(cart))), device_of(world, here.who, here.channel)
    start = here.after(-_BEFORE)
    touch(world, "visit", start, dwell_seconds=dwell, load_ms=checkout.load_ms[online], device=device)
    touch(world, "view", here.after(-600), product_id=product)
    value = checkout.value[online] / 100.0
    touch(world, "add_to_cart", here.after(-400), product_id=product, cart_id=cart, value=value)


def _at_checkout(world: World, visits: Visits, checkout: Checkout, online: Bools, delivered: Bools) -> None:
    """Begin, hear what delivery costs, and either buy or break off with a reason."""
    value, fee = checkout.value / 100.0, checkout.fee / 100.0
    left = online & (checkout.reason >= 0)
    steps = (
        ("begin_checkout", online, -200, value),
        ("shipping_quoted", delivered, -150, fee),
        ("payment_failed", checkout.reason == PAYMENT, -60, value),
        ("purchase", online & ~left, 0, value),
    )
    for kind, mask, shift, amount in steps:
        touch(world, kind, visits.take(mask).after(shift), cart_id=checkout.cart[mask], value=amount[mask])
    reason = REASON_CODES[checkout.reason[left]]
    touch(world, "abandon", visits.take(left), cart_id=checkout.cart[left], value=value[left], reason=reason)


def _second_visit(world: World, visits: Visits, checkout: Checkout, again: Bools) -> None:
    """A cart bought after all, some hours or days later."""
    cart, value = checkout.cart[again], checkout.value[again] / 100.0
    session = world.numbers("session", len(cart))
    later = replace(visits.take(again).after(checkout.delay[again]), session=session)
    device = device_of(world, later.who, later.channel)
    touch(world, "visit", later.after(-300), load_ms=checkout.load_ms[again], device=device)
    touch(world, "begin_checkout", later.after(-100), cart_id=cart, value=value)
    touch(world, "purchase", later, cart_id=cart, value=value)


def _in_store(world: World, visits: Visits, wanted: Attempts, checkout: Checkout) -> None:
    """A store sees little: a beacon some of the visits, the staff who went away for want of an article."""
    rng, store = world.rng("journeys"), (wanted.channel == STORE) & ~wanted.anonymous
    seen = store & happens(rng, np.full(len(store), SEEN_IN_STORE))
    tried = seen & happens(rng, np.full(len(store), TRIED_ON))
    left = store & (checkout.reason >= 0)
    touch(world, "visit", visits.take(seen).after(-_BEFORE), store_id=wanted.store[seen])
    touch(world, "try_on", visits.take(tried).after(-500), store_id=wanted.store[tried])
    reason = REASON_CODES[checkout.reason[left]]
    touch(world, "abandon", visits.take(left), store_id=wanted.store[left], reason=reason)
