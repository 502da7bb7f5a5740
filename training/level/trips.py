"""Who shopped on which day: what the level of a period is told from."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.engine import Engine
from features.identity.resolve import person_of, resolve
from features.known import with_shown_at
from features.shop import Shop

Array = NDArray[np.float64]
Days = NDArray[np.int64]

_MOST_CUSTOMERS = 10_000  # drawn at random: a week's orders of as many tell its level within about a hundredth


@dataclass(frozen=True)
class Trips:
    """Local days on which customers ordered, one row a customer and day.

    Attributes
    ----------
    customer : array (n,)   numbers from 0
    day : array (n,)        days since 1970
    shown : array (n,)      days since 1970 on which the day's first order was known, with fraction
    spend : array (n,)      money of the day's orders, returns left aside
    """

    customer: Days
    day: Days
    shown: Array
    spend: Array

    def before(self, day: int) -> "Trips":
        """What was known before a day's midnight, customers numbered anew."""
        rows = (self.shown < day) & (self.day < day)
        _, customer = np.unique(self.customer[rows], return_inverse=True)
        return Trips(customer.astype(np.int64), self.day[rows], self.shown[rows], self.spend[rows])

    def __len__(self) -> int:
        return len(self.day)


def day_of(moment: datetime) -> int:
    """Days since 1970 of a midnight."""
    return (moment - datetime(1970, 1, 1)).days


def trips_before(shop: Shop, until: datetime, engine: Engine) -> Trips:
    """The trips known before `until`, of all customers or of 10,000 drawn at random."""
    orders = with_shown_at(engine.read(shop.path("orders")))
    moment = ibis.literal(until, "timestamp(6)")
    orders = orders.filter(orders.kind == "order", orders.customer_id.notnull(), orders.shown_at < moment)
    named = orders.select("customer_id", "happened_at", "shown_at", "amount", cutoff=moment)
    met = person_of(named, resolve(shop, [until], engine))
    met = met.mutate(day=met.happened_at.truncate("D"))
    each = met.group_by("customer_id", "day").aggregate(
        shown=met.shown_at.min().epoch_seconds().cast("float64"), spend=met.amount.sum().cast("float64")
    )
    drawn = _drawn(engine.arrow(each.select("customer_id").distinct()))
    if drawn is not None:
        each = each.semi_join(engine.table(drawn), "customer_id")
    return _numbered(engine.arrow(each.order_by("customer_id", "day")))


def _drawn(customers: pa.Table) -> pa.Table | None:
    if customers.num_rows <= _MOST_CUSTOMERS:
        return None
    ordered = customers.sort_by("customer_id")
    return ordered.take(np.random.default_rng(0).permutation(ordered.num_rows)[:_MOST_CUSTOMERS])


def _numbered(rows: pa.Table) -> Trips:
    _, customer = np.unique(rows["customer_id"].to_numpy(zero_copy_only=False).astype(np.str_), return_inverse=True)
    day = rows["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    shown, spend = rows["shown"].to_numpy() / 86_400, np.nan_to_num(rows["spend"].to_numpy())
    return Trips(customer.astype(np.int64), day, shown, np.maximum(spend, 0.0))
