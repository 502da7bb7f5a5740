"""What goes into a basket, at which price, and under which promotions."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, happens
from simulation.purchases import Attempts
from simulation.state import World

COMPANION_SHARE = 0.30
COUPON_OFF = 0.15
COUPON_HABIT = 0.06
VOUCHER_USED = 0.7
MORE_UNITS = 0.15
_PROMOTION_TRIES = 3
_LINES_AT_MOST = 15


@dataclass(frozen=True)
class Lines:
    """Basket lines; arrays of shape (lines,), grouped by attempt.

    Attributes
    ----------
    attempt : number of the attempt they belong to
    full, paid : hundredths, list price × quantity, and what is paid
    lacking : the store had not got what was wanted and this took its place
    """

    attempt: Ints
    product: Ints
    quantity: Ints
    full: Ints
    paid: Ints
    display: Bools
    mailer: Bools
    coupon: Bools
    lacking: Bools

    def take(self, chosen: Bools) -> "Lines":
        """Only the chosen lines, in order."""
        return Lines(**{name: column[chosen] for name, column in vars(self).items()})

    def first(self, attempts: int) -> Ints:
        """The place of every attempt's first line, shape (attempts,)."""
        return np.searchsorted(self.attempt, np.arange(attempts))

    def totals(self, values: Ints, attempts: int) -> Ints:
        """Sums of `values` by attempt, shape (attempts,)."""
        return np.bincount(self.attempt, weights=values, minlength=attempts).astype(np.int64)


def fill(world: World, week: int, wanted: Attempts) -> Lines:
    """Fill a basket for every attempt; no product twice in one."""
    rng = world.rng("baskets")
    count = np.minimum(1 + rng.poisson(world.people.basket[wanted.who]), _LINES_AT_MOST)
    attempt = np.repeat(np.arange(len(count)), count)
    wish = _choose_products(world, rng, week, wanted.who[attempt], attempt)
    product, lacking = _from_the_shelf(world, wish, wanted.store[attempt], week)
    _, first = np.unique(attempt * world.catalogue.count + product, return_index=True)
    kept = np.sort(first)
    return _price(world, rng, week, wanted, attempt[kept], product[kept], lacking[kept])


def _choose_products(world: World, rng: np.random.Generator, week: int, who: Ints, attempt: Ints) -> Ints:
    """Own products, new ones, promoted ones for those who look for them, companions of the first."""
    taste, catalogue = world.repertoire, world.catalogue
    own = happens(rng, taste.repeats[who])
    wish = np.where(own, taste.own(rng, who, week), taste.new(rng, catalogue, who))
    hunting = np.flatnonzero(~own & happens(rng, 0.6 * world.people.discount[who]))
    wish[hunting] = _promoted(world, rng, week, wish[hunting])
    first = np.searchsorted(attempt, attempt)
    follows = (first != np.arange(len(attempt))) & happens(rng, np.full(len(attempt), COMPANION_SHARE))
    return catalogue.on_sale(np.where(follows, catalogue.companion[wish[first]], wish), week)


def _promoted(world: World, rng: np.random.Generator, week: int, wish: Ints) -> Ints:
    """A promoted product of the same category if a few looks find one."""
    catalogue = world.catalogue
    for _ in range(_PROMOTION_TRIES):
        other = catalogue.popular(rng, catalogue.category[wish])
        wish = np.where((catalogue.depth[week, wish] == 0) & (catalogue.depth[week, other] > 0), other, wish)
    return wish


def _from_the_shelf(world: World, wish: Ints, store: Ints, week: int) -> tuple[Ints, Bools]:
    lacking = (store >= 0) & world.stores.out_of_stock(np.maximum(store, 0), wish, week)
    return np.where(lacking, world.catalogue.successor[wish], wish), lacking


def _price(
    world: World, rng: np.random.Generator, week: int, wanted: Attempts, attempt: Ints, product: Ints, lacking: Bools
) -> Lines:
    catalogue, who = world.catalogue, wanted.who[attempt]
    quantity = rng.geometric(1.0 - MORE_UNITS, len(attempt))
    voucher = (world.condition.voucher_until[who] > wanted.second[attempt]) & ~wanted.anonymous[attempt]
    habit: Floats = COUPON_HABIT * world.people.discount[who]
    coupon = happens(rng, np.where(voucher, VOUCHER_USED, habit))
    full = catalogue.price[product] * quantity
    off = (1.0 - catalogue.depth[week, product]) * np.where(coupon, 1.0 - COUPON_OFF, 1.0)
    return Lines(
        attempt=attempt,
        product=product,
        quantity=quantity,
        full=full,
        paid=np.round(full * off).astype(np.int64),
        display=catalogue.display[week, product],
        mailer=catalogue.mailer[week, product],
        coupon=coupon,
        lacking=lacking,
    )
