"""What a person keeps buying: a handful of products of their own, some of which change over time."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Floats, Ints, choose, happens
from simulation.people import People
from simulation.products import Catalogue, category_weights

SLOTS = 6
CHANGE_SHARE = 0.5  # of the slots, at a moment of their own
_SLOT_WEIGHTS = 1.0 / np.arange(1, SLOTS + 1)


@dataclass(frozen=True)
class Repertoire:
    """Tastes in products.

    Attributes
    ----------
    categories : array, shape (n, 12)       shares of the categories; rows add up to 1
    products : array, shape (n, 2, 6)       own products before and after the slot's change
    change_week : array, shape (n, 6)
    repeats : array, shape (n,)             share of lines taken from the own products
    """

    categories: Floats
    products: Ints
    change_week: Ints
    repeats: Floats

    def own(self, rng: np.random.Generator, who: Ints, week: int) -> Ints:
        """One of their own products for each of these persons."""
        slot = choose(rng, np.broadcast_to(_SLOT_WEIGHTS, (len(who), SLOTS)))
        later = (week >= self.change_week[who, slot]).astype(np.int64)
        return np.asarray(self.products[who, later, slot])

    def new(self, rng: np.random.Generator, catalogue: Catalogue, who: Ints) -> Ints:
        """Something popular from a category they like, for each of these persons."""
        return catalogue.popular(rng, choose(rng, self.categories[who]))


def draw_repertoire(rng: np.random.Generator, people: People, catalogue: Catalogue, weeks: int) -> Repertoire:
    """Throw the dice for everybody's own products."""
    count = people.count
    categories = category_weights(rng, count)
    everyone = np.repeat(np.arange(count), 2 * SLOTS)
    products = catalogue.popular(rng, choose(rng, categories[everyone])).reshape(count, 2, SLOTS)
    changes = happens(rng, np.full((count, SLOTS), CHANGE_SHARE))
    return Repertoire(
        categories=categories,
        products=products,
        change_week=np.where(changes, rng.integers(0, weeks, (count, SLOTS)), weeks),
        repeats=rng.beta(3.0, 3.0, count),
    )
