"""Stretches in which a shop that sells every few days has no order at all: nothing was recorded, or nothing sold.

A cutoff inside one asks about customers of whom nothing can be known, and one stray order after it would move every
cutoff there. What is closed at the same time every year is a season, not a stretch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
from numpy.typing import NDArray

from features.engine import Engine, opened
from features.known import with_shown_at
from features.shop import Shop

_FEWEST_DAYS = 21
_TIMES_USUAL = 10  # days between days with an order, of which 95 in 100 are no longer than usual
_YEAR = 365
_STRAY = 0.01  # of all orders: so few after a stretch do not say that the shop sells again


@dataclass(frozen=True)
class Stretch:
    """Days without an order: [start, end), both midnights; `after` is how many of `orders` came later."""

    start: datetime
    end: datetime
    after: int
    orders: int

    @property
    def days(self) -> int:
        """How many days without an order."""
        return (self.end - self.start).days

    @property
    def is_stray(self) -> bool:
        """Whether what comes after it is too little to speak of."""
        return self.after < max(_STRAY * self.orders, 2)

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        last = self.end - timedelta(days=1)
        told = f"no order from {self.start:%Y-%m-%d} to {last:%Y-%m-%d} ({self.days} days); {self.after:,} of "
        told += f"{self.orders:,} orders came later"
        advice = "are they dated wrongly?" if self.is_stray else "was an export left out?"
        return f"{told}: {advice} No cutoff is put there."

    def holds(self, cutoff: datetime) -> bool:
        """Whether a cutoff lies in it: the day after its first and before the next order."""
        return self.start < cutoff < self.end


def stretches(shop: Shop, until: datetime, *, engine: Engine | None = None) -> tuple[Stretch, ...]:
    """The stretches between orders known before `until`, oldest first."""
    with opened(engine) as running:
        orders = with_shown_at(running.read(shop.path("orders")))
        orders = orders.filter(orders.kind == "order", orders.shown_at < ibis.literal(until, "timestamp(6)"))
        each = orders.group_by(day=orders.happened_at.truncate("D")).aggregate(orders=orders.count())
        found = running.arrow(each.order_by("day"))
    day = found["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return _between(day, found["orders"].to_numpy())


def last_busy_day(shop: Shop, until: datetime, *, engine: Engine | None = None) -> tuple[datetime, Stretch] | None:
    """The last day with orders before a stretch that only stray ones follow, and the stretch; else None."""
    stray = next((one for one in stretches(shop, until, engine=engine) if one.is_stray), None)
    return None if stray is None else (stray.start - timedelta(days=1), stray)


def _between(day: NDArray[np.int64], orders: NDArray[np.int64]) -> tuple[Stretch, ...]:
    if len(day) < 2:
        return ()
    apart = np.diff(day)
    longest = max(_FEWEST_DAYS, _TIMES_USUAL * float(np.quantile(apart, 0.95)))
    empty = [(int(day[i]) + 1, int(day[i + 1])) for i in np.flatnonzero(apart > longest)]
    done, total = np.cumsum(orders), int(orders.sum())
    return tuple(
        Stretch(_midnight(start), _midnight(end), total - int(done[np.searchsorted(day, end) - 1]), total)
        for start, end in empty
        if not _comes_again(start, end, empty)
    )


def _comes_again(start: int, end: int, empty: Sequence[tuple[int, int]]) -> bool:
    """Whether more than half of it is empty a year before or after, too."""
    for shift in (-_YEAR, _YEAR):
        shared = sum(max(0, min(end + shift, to) - max(start + shift, since)) for since, to in empty)
        if shared > (end - start) / 2:
            return True
    return False


def _midnight(day: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(days=day)
