"""Ways: what a person touched, one after the other, up to an order or until they stopped.

A touch is a visit, or a message that was clicked; an order closes the way through the channel it was made in. A way
begins after an order, or after thirty days without a touch, and has ended in none when thirty days passed without.
"""

from collections import Counter

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from insights.known import Known, Period
from insights.roles import Paths
from insights.small_groups import large_enough
from insights.visits import visits

LOOK_BACK_DAYS = 30
LONGEST = 20  # touches of a way that are told, the last ones
_BETWEEN = "\x1f"  # no name of a channel holds it
_KEPT = "ways"


def way_steps(known: Known) -> ir.Table:
    """One row a touch or order of a known person, in its way; derived once and kept.

    Returns
    -------
    ir.Table    customer_id, happened_at, channel, is_order, way (number within the person), ended_at, bought, nth (0
                is a way's first), before_channel and hours (since the touch before it in the way; null for the
                first). Ways that may still go on at the cutoff are left out
    """
    if _KEPT not in known.kept:
        known.kept[_KEPT] = known.engine.keep(_numbered(known, _touches(known)))
    return known.kept[_KEPT]


def _touches(known: Known) -> ir.Table:
    """Visits, clicked messages and orders in one line. The visit that an order was made in goes before it."""
    columns = ["customer_id", "happened_at", "channel", "is_order"]
    no, yes = ibis.literal(False), ibis.literal(True)
    parts = []
    if known.shop.has("touchpoints"):
        parts.append(visits(known).mutate(is_order=no).select(columns))
    if known.shop.has("messages") and known.shop.has("responses"):
        clicks = known.rows("responses").filter((ibis._.kind == "click") & ~ibis._.is_machine)
        parts.append(clicks.mutate(is_order=no).select(columns))
    parts.append(known.orders.mutate(is_order=yes).select(columns))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.filter(rows.customer_id.notnull() & rows.channel.notnull())


def _numbered(known: Known, rows: ir.Table) -> ir.Table:
    """Touches with the way they belong to, how it ended, and what came before."""
    in_time = ibis.window(group_by="customer_id", order_by=[rows.happened_at, rows.is_order, rows.channel])
    seconds = rows.happened_at.epoch_seconds()
    rows = rows.mutate(
        since=(seconds - seconds.lag().over(in_time)).cast("float64"), after_order=rows.is_order.lag().over(in_time)
    )
    begins = rows.after_order.fill_null(True) | (rows.since > LOOK_BACK_DAYS * 86400.0)
    rows = rows.mutate(begins=begins.cast("int64"))
    in_time = ibis.window(
        group_by="customer_id", order_by=[rows.happened_at, rows.is_order, rows.channel], preceding=None, following=0
    )
    rows = rows.mutate(way=rows.begins.sum().over(in_time))
    whole = ibis.window(group_by=["customer_id", "way"])
    steps = ibis.window(group_by=["customer_id", "way"], order_by=[rows.happened_at, rows.is_order, rows.channel])
    rows = rows.mutate(
        ended_at=rows.happened_at.max().over(whole),
        bought=rows.is_order.any().over(whole),
        nth=ibis.row_number().over(steps).cast("int64"),
        before_channel=rows.channel.lag().over(steps),
    )
    over = rows.ended_at < ibis.literal(known.at, "timestamp(6)") - ibis.interval(days=LOOK_BACK_DAYS)
    rows = rows.filter(rows.bought | over)
    hours = ibis.ifelse(rows.nth == 0, ibis.null("float64"), rows.since / 3600.0)
    return rows.mutate(hours=hours).drop("since", "after_order", "begins")


def paths_of(known: Known, period: Period) -> Paths:
    """The ways that ended in a period, as channels without repetition in a row, and how many of each."""
    return _as_paths(known, _whole_ways(known, period), ()).get((), Paths(Counter(), Counter()))


def paths_by(known: Known, period: Period, groups: pa.Table) -> dict[str, tuple[int, Paths]]:
    """People with such a way and their ways, for each group (customer_id, segment) of twenty people and more.

    Who is in none is left out; so is the next smallest group where the others would reveal a small one.
    """
    placed = known.engine.table(groups.select(["customer_id", "segment"]))
    met = known.engine.keep(_whole_ways(known, period).inner_join(placed, "customer_id"))
    met = met.filter(met.segment.notnull())
    sizes = met.group_by("segment").aggregate(people=met.customer_id.nunique())
    people = known.engine.arrow(sizes.order_by(ibis.desc("people"), "segment")).to_pylist()
    told = large_enough([row["people"] for row in people])
    found = _as_paths(known, met, ("segment",))
    pairs = zip(people, told, strict=True)
    return {row["segment"]: (row["people"], found[row["segment"],]) for row, shown in pairs if shown}


def _whole_ways(known: Known, period: Period) -> ir.Table:
    """One row a way that ended in a period: customer_id, way, bought, channels in one text."""
    rows = way_steps(known)
    since, until = (ibis.literal(moment, "timestamp(6)") for moment in (period.since, period.until))
    rows = rows.filter((rows.ended_at >= since) & (rows.ended_at < until))
    moved = rows.filter(rows.before_channel.isnull() | (rows.before_channel != rows.channel))
    latest = ibis.window(group_by=["customer_id", "way"], order_by=moved.nth.desc())
    moved = moved.mutate(back=ibis.row_number().over(latest)).filter(ibis._.back < LONGEST)
    return moved.group_by("customer_id", "way", "bought").aggregate(
        channels=moved.channel.group_concat(_BETWEEN, order_by=moved.nth)
    )


def _as_paths(known: Known, rows: ir.Table, by: tuple[str, ...]) -> dict[tuple[str, ...], Paths]:
    counted = known.engine.arrow(rows.group_by(*by, "channels", "bought").aggregate(times=rows.count())).to_pylist()
    found: dict[tuple[str, ...], Paths] = {}
    for row in sorted(counted, key=lambda row: (*(row[name] for name in by), str(row["channels"]))):
        paths = found.setdefault(tuple(row[name] for name in by), Paths(Counter(), Counter()))
        (paths.bought if row["bought"] else paths.left)[tuple(row["channels"].split(_BETWEEN))] += row["times"]
    return found
