"""What is sent: by which day it was promised and when it came, later than promised in some channels more often."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from simulation.contract import missing
from simulation.dice import Bools, Ints, happens
from simulation.ledger import Columns
from simulation.season import DAY, HOUR
from simulation.words import CODE, PURCHASE_CHANNELS

PROMISED_DAYS: Mapping[str, int] = MappingProxyType(
    {"web": 3, "app": 3, "mini_program": 4, "store": 2, "live": 6},
)
LATE: Mapping[str, float] = MappingProxyType(
    {"web": 0.05, "app": 0.07, "mini_program": 0.13, "store": 0.0, "live": 0.22},
)
FURTHER_DAY = 0.45  # chance that what is late stays under way another day
_BETWEEN_HOURS = (8, 21)


def deliver(rng: np.random.Generator, orders: Columns, export: int) -> None:
    """Fill promised_at and delivered_at of the orders that are sent; a promise is a day, written as its midnight.

    What was cancelled never comes, and what had not come by the export is not told.
    """
    sent = np.flatnonzero((orders["kind"] == CODE["order"]) & (orders["fulfilment"] == CODE["delivery"]))
    channel, placed = orders["channel"][sent], orders["happened_at"][sent].astype(np.int64)
    days = _of_channel(PROMISED_DAYS, channel).astype(np.int64)
    late = happens(rng, _of_channel(LATE, channel))
    took = np.where(late, days + rng.geometric(1.0 - FURTHER_DAY, len(sent)), rng.integers(1, days + 1))
    today = placed - placed % DAY
    arrived = today + took * DAY + rng.integers(_BETWEEN_HOURS[0] * HOUR, _BETWEEN_HOURS[1] * HOUR, len(sent))
    comes = (arrived < export) & ~_cancelled(orders, sent, arrived)
    orders["promised_at"][sent] = today + days * DAY
    orders["delivered_at"][sent] = np.where(comes, arrived, missing("moment"))


def _of_channel(figures: Mapping[str, float], channel: Ints) -> np.ndarray:
    return np.select(
        [channel == CODE[name] for name in PURCHASE_CHANNELS], [figures[name] for name in PURCHASE_CHANNELS]
    )


def _cancelled(orders: Columns, sent: Ints, arrived: Ints) -> Bools:
    """Whether an order was taken back before it could arrive."""
    back = np.flatnonzero(orders["of_order_id"] >= 0)
    first = np.full(len(orders["kind"]), np.iinfo(np.int64).max)
    np.minimum.at(first, orders["of_order_id"][back], orders["happened_at"][back].astype(np.int64))
    return np.asarray(first[sent] <= arrived)
