"""When rows reach the shop: nearly always at once, some of them days after they happened."""

import numpy as np

from simulation.contract import missing
from simulation.dice import Ints, happens
from simulation.ledger import Columns
from simulation.season import DAY

AT_LEAST_DAYS, MEAN_DAYS, AT_MOST_DAYS = 1.0, 4.0, 45.0
RETURNS_TIMES = 4.0  # returns are booked late so many times as often


def arrivals(rng: np.random.Generator, happened: Ints, share: float | Ints) -> Ints:
    """When each row is known: late ones one day later or more, mostly within a fortnight."""
    late = happens(rng, np.broadcast_to(np.asarray(share, dtype=np.float64), happened.shape))
    days = np.minimum(AT_LEAST_DAYS + rng.exponential(MEAN_DAYS, len(happened)), AT_MOST_DAYS)
    return happened + np.where(late, (days * DAY).astype(np.int64), 0)


def stamp(rng: np.random.Generator, columns: Columns, share: float) -> None:
    """Fill the gaps in `known_at`."""
    happened = columns["happened_at"].astype(np.int64)
    known = columns["known_at"].astype(np.int64)
    gaps = known == missing("moment")
    columns["known_at"] = np.where(gaps, arrivals(rng, happened, share), known).astype(np.int32)


def stamp_orders(rng: np.random.Generator, columns: Columns, share: float) -> None:
    """Orders and returns: a return is late more often, and never known before its order."""
    happened, of_order = columns["happened_at"].astype(np.int64), columns["of_order_id"]
    back = of_order >= 0
    known = arrivals(rng, happened, np.where(back, min(1.0, RETURNS_TIMES * share), share))
    known[back] = np.maximum(known[back], known[of_order[back]])
    columns["known_at"] = known.astype(np.int32)


def stamp_responses(rng: np.random.Generator, columns: Columns, sent_known: Ints, share: float) -> None:
    """Responses: never known before their message."""
    stamp(rng, columns, share)
    columns["known_at"] = np.maximum(columns["known_at"], sent_known[columns["message_id"]]).astype(np.int32)
