"""What the shop sells: categories, prices, popularity, companions, and each week's promotions."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, happens
from simulation.season import DAY, WEEK, Calendar
from simulation.words import BRANDS, CATEGORIES

_SIZES = (240, 1_200)
_CUSTOMERS_A_PRODUCT = 40
CORE_SHARE = 0.4  # always on sale and never out of stock; stands in for what is missing
DISPLAY_SHARE, MAILER_SHARE = 0.08, 0.07
DEPTHS = (0.10, 0.20, 0.30)
POPULARITY = 2.2  # rank in the category = size × u ** POPULARITY
_CATEGORY_PRICE = (90, 70, 180, 110, 160, 140, 22, 45, 120, 210, 65, 80)
_CATEGORY_WEIGHT = (1.3, 1.1, 0.6, 0.8, 0.5, 0.4, 1.6, 1.0, 1.0, 0.8, 0.8, 0.8)


@dataclass(frozen=True)
class Catalogue:
    """The assortment. Within its category a product's place is its rank of popularity.

    Attributes
    ----------
    category, brand : array, shape (p,)     codes into words.CATEGORIES and words.BRANDS
    price : array, shape (p,)               list price in hundredths
    start, size : array, shape (12,)        where a category's products lie
    first, last : array, shape (p,)         seconds from and until which it is on sale
    successor : array, shape (p,)           a core product of the same category
    companion : array, shape (p,)           what goes well with it
    display, mailer : array, shape (weeks, p), bool
    depth : array, shape (weeks, p)         share taken off the price that week
    """

    category: Ints
    brand: Ints
    price: Ints
    start: Ints
    size: Ints
    first: Ints
    last: Ints
    core: Bools
    successor: Ints
    companion: Ints
    display: Bools
    mailer: Bools
    depth: Floats

    @property
    def count(self) -> int:
        """How many products there are."""
        return len(self.price)

    def popular(self, rng: np.random.Generator, category: Ints) -> Ints:
        """A product of each given category, popular ones more often."""
        rank = self.size[category] * rng.random(category.shape) ** POPULARITY
        return np.asarray(self.start[category] + rank.astype(np.int64))

    def on_sale(self, product: Ints, week: int) -> Ints:
        """The products themselves, or their successors where they are not on sale in that week and the next."""
        sold = (self.first[product] <= week * WEEK) & (self.last[product] >= (week + 2) * WEEK)
        return np.where(sold, product, self.successor[product])


def draw_catalogue(rng: np.random.Generator, customers: int, calendar: Calendar) -> Catalogue:
    """Throw the dice for the assortment and the promotions of every week."""
    count = int(np.clip(customers // _CUSTOMERS_A_PRODUCT, *_SIZES))
    size = np.full(len(CATEGORIES), count // len(CATEGORIES))
    count, start = int(size.sum()), np.concatenate([[0], np.cumsum(size)[:-1]])
    category = np.repeat(np.arange(len(CATEGORIES)), size)
    core = happens(rng, np.full(count, CORE_SHARE))
    core[start] = True
    brand = rng.integers(0, len(BRANDS), count)
    first, last = _lives(rng, core, calendar)
    display, mailer, depth = _promotions(rng, calendar.weeks, count)
    return Catalogue(
        category=category,
        brand=brand,
        price=_prices(rng, category, brand),
        start=start,
        size=size,
        first=first,
        last=last,
        core=core,
        successor=_successors(rng, core, start, size),
        companion=_companions(rng, category, start, size, core),
        display=display,
        mailer=mailer,
        depth=depth,
    )


def _prices(rng: np.random.Generator, category: Ints, brand: Ints) -> Ints:
    level = rng.lognormal(0.0, 0.3, len(BRANDS))[brand]
    yuan = np.array(_CATEGORY_PRICE)[category] * level * rng.lognormal(-0.08, 0.4, len(category))
    return np.asarray(np.maximum(np.round(yuan), 5) * 100 - 10, dtype=np.int64)


def _lives(rng: np.random.Generator, core: Bools, calendar: Calendar) -> tuple[Ints, Ints]:
    """One product in five is launched on the way, one in eight taken off sale; core products stay."""
    count, end = len(core), calendar.weeks * WEEK
    launched = happens(rng, np.where(core, 0.0, 0.2))
    dropped = happens(rng, np.where(core, 0.0, 0.125)) & ~launched
    days = rng.integers(1, calendar.weeks * 7, count) * DAY
    return np.where(launched, days, -400 * DAY), np.where(dropped, days, end + 400 * DAY)


def _successors(rng: np.random.Generator, core: Bools, start: Ints, size: Ints) -> Ints:
    successor = np.arange(len(core))
    for begin, length in zip(start, size, strict=True):
        inside = np.arange(begin, begin + length)
        chosen = inside[core[inside]]
        successor[inside] = np.where(core[inside], inside, rng.choice(chosen, length))
    return successor


def _companions(rng: np.random.Generator, category: Ints, start: Ints, size: Ints, core: Bools) -> Ints:
    """Another product of the same or the neighbouring category, the same for everybody."""
    beside = (category + rng.integers(0, 2, len(category))) % len(size)
    companion: Ints = start[beside] + (size[beside] * rng.random(len(category))).astype(np.int64)
    return np.where(core[companion], companion, start[beside])


def _promotions(rng: np.random.Generator, weeks: int, count: int) -> tuple[Bools, Bools, Floats]:
    display = rng.random((weeks, count)) < DISPLAY_SHARE
    mailer = rng.random((weeks, count)) < MAILER_SHARE
    depth = np.array(DEPTHS)[rng.integers(0, len(DEPTHS), (weeks, count))]
    return display, mailer, np.where(display | mailer, depth, 0.0)


def category_weights(rng: np.random.Generator, people: int) -> Floats:
    """How much each person is drawn to each category, shape (people, 12); rows add up to 1."""
    weights = rng.gamma(0.5 * np.array(_CATEGORY_WEIGHT), size=(people, len(CATEGORIES))) + 1e-3
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
