"""Stores, who lives near which, and what is missing on their shelves."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.contract import schema
from simulation.dice import Bools, Floats, Ints, happens
from simulation.products import Catalogue
from simulation.season import Calendar
from simulation.words import REGIONS

_COUNTS = (8, 40)
_CUSTOMERS_A_STORE = 2_500
_CENTRES = np.array([[39.0, 116.0], [31.0, 120.5], [23.5, 113.5], [30.5, 104.0]])
PERIOD_WEEKS = 4  # how long a gap on a shelf lasts
MISSING_SHARE = 0.08
_NEAR_HOME = 0.15  # degrees


@dataclass(frozen=True)
class Stores:
    """Stores and homes.

    Attributes
    ----------
    place : array, shape (s, 2)             latitude and longitude
    region : array, shape (s,)
    home : array, shape (n,)                each person's nearest store
    second : array, shape (n,)              the one they fall back on
    homes : array, shape (n, 2)             latitude and longitude
    missing : array, shape (periods, s, p)  what is out of stock in a period of four weeks
    """

    place: Floats
    region: Ints
    home: Ints
    second: Ints
    homes: Floats
    missing: Bools

    def out_of_stock(self, store: Ints, product: Ints, week: int) -> Bools:
        """Whether the store lacks the product in that week."""
        return np.asarray(self.missing[week // PERIOD_WEEKS, store, product])


def draw_stores(rng: np.random.Generator, customers: int, catalogue: Catalogue, calendar: Calendar) -> Stores:
    """Throw the dice for places, homes and gaps on shelves; core products never lack."""
    count = int(np.clip(customers // _CUSTOMERS_A_STORE, *_COUNTS)) // len(REGIONS) * len(REGIONS)
    region = np.arange(count) % len(REGIONS)
    place = _CENTRES[region] + rng.normal(0.0, 0.8, (count, 2))
    home = np.minimum((count * rng.random(customers) ** 1.3).astype(np.int64), count - 1)
    periods = calendar.weeks // PERIOD_WEEKS + 1
    missing = rng.random((periods, count, catalogue.count)) < MISSING_SHARE
    return Stores(
        place=place,
        region=region,
        home=home,
        second=(home + len(REGIONS)) % count,
        homes=place[home] + rng.normal(0.0, _NEAR_HOME, (customers, 2)),
        missing=missing & ~catalogue.core,
    )


def store_table(stores: Stores) -> pa.Table:
    """The table `stores`."""
    count = len(stores.region)
    columns = {
        "store_id": [f"ST{number:03d}" for number in range(count)],
        "name": [f"{REGIONS[region]} store {number + 1}" for number, region in enumerate(stores.region)],
        "latitude": np.round(stores.place[:, 0], 4),
        "longitude": np.round(stores.place[:, 1], 4),
        "region": [REGIONS[region] for region in stores.region],
    }
    return pa.table(columns, schema=schema("stores"))


def other_store(rng: np.random.Generator, stores: Stores, who: Ints, chance: float) -> Ints:
    """The store of each visit: nearly always the one near home, else the second."""
    away = happens(rng, np.full(len(who), chance))
    return np.where(away, stores.second[who], stores.home[who])
