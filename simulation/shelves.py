"""Stock counts: the levels the stores report."""

import numpy as np

from simulation.season import DAY, WEEK
from simulation.state import World
from simulation.stores import PERIOD_WEEKS

RECOUNT_SHARE = 0.15


def count_shelves(world: World, week: int) -> None:
    """Write stock counts at the start of a period: where a gap opened or closed, and some others by lot."""
    if week % PERIOD_WEEKS:
        return
    rng, period, now = world.rng("stock"), week // PERIOD_WEEKS, world.stores.missing[week // PERIOD_WEEKS]
    counted = rng.random(now.shape) < (RECOUNT_SHARE if period else 1.0)
    counted |= now != world.stores.missing[max(period - 1, 0)]
    store, product = np.nonzero(counted & (world.catalogue.first < world.calendar.end))
    quantity = np.where(now[store, product], 0, 1 + rng.poisson(12.0, len(store)))
    second = week * WEEK + rng.integers(0, DAY // 4, len(store))
    world.ledgers["stock"].add(
        len(store), store_id=store, product_id=product, quantity=quantity, happened_at=second, known_at=second
    )
