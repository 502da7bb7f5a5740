"""What messages added, measured against sends that were withheld by lot – beside what attribution credits them with.

A moment is a person and day with a send, or with one that was withheld (arm `control`) where none went out. An order is
counted for the latest moment before it, within seven days. Moments at which a send was withheld stand for those at
which one went out, each weighted by (1 − p) / p of its logged probability p of withholding; without any, all alike.
"""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clocks import add_days
from features.known import WITHHELD
from insights.known import Known, Period
from insights.small_groups import SMALLEST
from insights.touchpoints.roles import Paths, joint_removal, shapley_values

Floats = NDArray[np.float64]
WITHIN_DAYS = 7
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Increment:
    """Orders that messages added in a period, beside those that attribution credits to their channels.

    Attributes
    ----------
    channels : tuple of str     that carry messages and stand on ways
    sends, withheld : int       moments in the period
    added, low, high : float    orders of the period, with a 95 % interval; customers are drawn with all their moments
    credited : float            orders by Shapley's value
    removal : float             share of orders that a Markov chain would lose without all of these channels
    on_way : int                orders on whose way one of them stood
    drawn_alike : bool          nobody logged how likely a send was to be withheld: all are taken to be alike
    """

    channels: tuple[str, ...]
    sends: int
    withheld: int
    added: float
    low: float
    high: float
    credited: float
    removal: float
    on_way: int
    drawn_alike: bool

    @property
    def agree(self) -> bool:
        """Whether what is credited lies within what may have been added."""
        return self.low <= self.credited <= self.high


def increment(known: Known, period: Period, paths: Paths) -> Increment | None:
    """The increment of a period; None where no send was withheld, or from or to fewer than twenty people."""
    if not known.has("messages", "arm"):
        return None
    sent = _channels(known, period)
    channels = tuple(one for one in paths.channels if one in sent)
    rows = _moments(known, period)
    moments = known.engine.arrow(rows)
    over = Period(period.since, add_days(known.at, -WITHIN_DAYS))
    measured = _effect(moments, over.until)
    if measured is None:
        return None
    each, error, alike = measured
    treated = int(np.sum(np.asarray(moments["sent"])))
    credit = shapley_values(paths)
    half = _NORMAL_95 * error
    return Increment(
        channels=channels,
        sends=treated,
        withheld=len(moments) - treated,
        added=each * treated,
        low=(each - half) * treated,
        high=(each + half) * treated,
        credited=sum(credit[one] for one in channels),
        removal=joint_removal(paths, channels),
        on_way=sum(times for way, times in paths.bought.items() if set(way) & set(channels)),
        drawn_alike=alike,
    )


def _channels(known: Known, period: Period) -> set[str]:
    rows = known.rows("messages")
    rows = rows.filter(period.holds(rows), rows.channel.notnull(), rows.arm.fill_null("") != WITHHELD)
    return set(known.engine.arrow(rows.select("channel").distinct())["channel"].to_pylist())


def _moments(known: Known, period: Period) -> ir.Table:
    """One row a moment: customer_id, day, sent, chance (of withholding, as logged), orders."""
    rows = known.rows("messages")
    service = rows.purpose.fill_null("") == "service"
    rows = rows.filter(period.holds(rows), rows.customer_id.notnull(), ~service)
    went = rows.arm.fill_null("") != WITHHELD
    moments = rows.group_by("customer_id", day=rows.happened_at.truncate("D")).aggregate(
        sent=went.any(), chance=rows.action_propensity.min(where=~went), began=rows.happened_at.min()
    )
    in_time = ibis.window(group_by="customer_id", order_by="began")
    week = moments.began + ibis.interval(days=WITHIN_DAYS)
    moments = moments.mutate(ends=ibis.least(week, moments.began.lead().over(in_time).fill_null(week)))
    orders = known.orders.filter(known.orders.customer_id.notnull()).select(
        buyer="customer_id", bought_at="happened_at"
    )
    during = [orders.buyer == moments.customer_id, orders.bought_at >= moments.began, orders.bought_at < moments.ends]
    met = moments.left_join(orders, during)
    counted = met.group_by("customer_id", "day", "sent", "chance").aggregate(orders=met.bought_at.count())
    return counted.order_by("customer_id", "day")


def _effect(moments: pa.Table, until: datetime) -> tuple[float, float, bool] | None:
    """Orders more at a moment at which a message went out, the error, and whether chances were not logged."""
    days = moments["day"].to_numpy()
    table = moments.filter(pa.array(days < np.datetime64(until)))
    sent = np.asarray(table["sent"], dtype=bool)
    person = table["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    if min(len(np.unique(person[sent])), len(np.unique(person[~sent]))) < SMALLEST:
        return None
    chance = np.asarray(table["chance"].cast("float64").fill_null(float("nan")))[~sent]
    logged = bool(((chance > 0) & (chance < 1)).all())
    weights = np.ones(len(sent))
    weights[~sent] = (1 - chance) / chance if logged else 1.0
    orders = np.asarray(table["orders"], dtype=np.float64)
    means, gaps = [], np.zeros(int(person.max()) + 1)
    for rows, sign in ((sent, 1.0), (~sent, -1.0)):
        whole = weights[rows].sum()
        mean = float((weights[rows] * orders[rows]).sum() / whole)
        means.append(mean)
        np.add.at(gaps, person[rows], sign * weights[rows] * (orders[rows] - mean) / whole)
    return means[0] - means[1], float(np.sqrt((gaps**2).sum())), not logged
