"""The journey map: which touch follows which, how long after, and which moves cross between online and store."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from insights.known import Known, Period
from insights.small_groups import SMALLEST, without_small
from insights.touchpoints.ways import way_steps

START, ORDER, NONE = "start", "order", "none"
CROSSES_WITHIN_DAYS = 7


def journey(known: Known, period: Period, groups: pa.Table | None = None) -> pa.Table:
    """Every move from one touch to the next in the ways that ended in a period, the most frequent first.

    Parameters
    ----------
    groups : pa.Table       customer_id and segment: moves are told apart by it; who is in none is left out

    Returns
    -------
    pa.Table    segment (with `groups` alone), from_touch (a channel, or "start"), to_touch (a channel, "order", or
                "none" where the way ended without one), times, people, median_hours between the two (null from the
                start and to none), share: of the moves from that touch, and bought: share of these moves on ways that
                ended in an order, null where that would tell of fewer than twenty people. Moves of fewer than twenty
                people are left out, and those that would reveal them
    """
    rows = way_steps(known)
    since, until = (ibis.literal(moment, "timestamp(6)") for moment in (period.since, period.until))
    rows = rows.filter((rows.ended_at >= since) & (rows.ended_at < until))
    by: list[str] = []
    if groups is not None:
        placed = known.engine.table(groups.select(["customer_id", "segment"]))
        rows, by = rows.inner_join(placed, "customer_id").filter(ibis._.segment.notnull()), ["segment"]
    every = _moves(rows, by)
    counted = every.group_by(*by, "from_touch", "to_touch").aggregate(
        times=every.count(), people=every.customer_id.nunique(), median_hours=every.hours.median(),
        bought=every.bought.mean(), buyers=every.customer_id.nunique(where=every.bought),
        leavers=every.customer_id.nunique(where=~every.bought),
    )  # fmt: skip
    from_all = counted.times.sum().over(ibis.window(group_by=[*by, "from_touch"]))
    few = [(side > 0) & (side < SMALLEST) for side in (counted.buyers, counted.leavers)]
    counted = counted.mutate(
        share=counted.times.cast("float64") / from_all,
        bought=ibis.ifelse(few[0] | few[1], ibis.null("float64"), counted.bought),
    )
    columns = [*by, "from_touch", "to_touch", "times", "people", "median_hours", "share", "bought"]
    shown = counted.select(*columns).order_by(*by, ibis.desc("times"), "from_touch", "to_touch")
    return without_small(known.engine.arrow(shown), [*by, "from_touch"])


def _moves(rows: ir.Table, by: list[str]) -> ir.Table:
    """One row a move, those into an order and into none among them."""
    moves = rows.select(
        *by, "customer_id", "hours", "bought",
        from_touch=rows.before_channel.fill_null(START),
        to_touch=ibis.ifelse(rows.is_order, ibis.literal(ORDER), rows.channel),
    )  # fmt: skip
    ends = rows.filter(~rows.bought & (rows.happened_at == rows.ended_at))
    ends = ends.select(
        *by, "customer_id", hours=ibis.null("float64"), bought="bought", from_touch=ends.channel,
        to_touch=ibis.literal(NONE),
    )  # fmt: skip
    return moves.union(ends)


@dataclass(frozen=True)
class Crossing:
    """Orders of one side, and how many of them followed a visit on the other within seven days.

    Attributes
    ----------
    orders : int                    orders of known people in the period
    after_other : int or None       of them, with a visit on the other side in the seven days before; None where under
                                    twenty people did so, or did not
    """

    orders: int
    after_other: int | None


def crossings(known: Known, period: Period) -> tuple[Crossing, Crossing, int] | None:
    """Store orders that followed an online visit, online orders that followed one in a store, and orders picked up.

    None where the shop gives no touchpoints or its orders no channel, or where under twenty people ordered on one side;
    no orders picked up where under twenty people did.
    """
    if not (known.shop.has("touchpoints") and known.has("orders", "channel")):
        return None
    names = known.shop.settings.channels
    rows = way_steps(known)
    visited = rows.filter(~rows.is_order).select("customer_id", "channel", visited_at="happened_at")
    stated = known.engine.arrow(rows.select("channel").distinct())["channel"].to_pylist()
    online = [name for name in stated if names[name].online]
    offline = [name for name in stated if names[name].online is False]
    orders = known.orders.filter(period.holds(known.orders) & known.orders.customer_id.notnull())
    sides = [_crossed(known, orders, visited, *pair) for pair in ((offline, online), (online, offline))]
    if sides[0] is None or sides[1] is None:
        return None
    picked = orders.filter(orders.fulfilment == "pick_up") if known.has("orders", "fulfilment") else None
    return sides[0], sides[1], 0 if picked is None else (_large(known, picked) or 0)


def _crossed(known: Known, orders: ir.Table, visited: ir.Table, here: list[str], other: list[str]) -> Crossing | None:
    if not (here and other):
        return None
    sold = orders.filter(orders.channel.isin(here)).select("customer_id", "order_id", "happened_at")
    seen = visited.filter(visited.channel.isin(other))
    near = sold.semi_join(
        seen,
        [
            sold.customer_id == seen.customer_id,
            seen.visited_at < sold.happened_at,
            seen.visited_at >= sold.happened_at - ibis.interval(days=CROSSES_WITHIN_DAYS),
        ],
    )
    whole, after = _large(known, sold), _large(known, near)
    rest = _large(known, sold.anti_join(near, "order_id"))
    return Crossing(whole, None if rest is None else after) if whole else None


def _large(known: Known, rows: ir.Table) -> int | None:
    """How many orders; None where they are of somebody, but of under twenty people."""
    told = rows.aggregate(orders=rows.count(), people=rows.customer_id.nunique())
    found = known.engine.arrow(told).to_pylist()[0]
    return None if 0 < found["people"] < SMALLEST else int(found["orders"])
