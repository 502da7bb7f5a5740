"""Ways: what a person touched, one after the other, up to an order or until they stopped.

A touch is a visit, or a message that was clicked; an order closes the way through the channel it was made in. A way
begins after an order, or after thirty days without a touch, and has ended in none when thirty days passed without.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from insights.funnel.visits import visits
from insights.known import Known, Period
from insights.small_groups import large_enough
from insights.touchpoints.roles import Path, Paths, RolePeople

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
    return _as_paths(known, _whole_ways(_moved(known, period)), ()).get((), Paths(Counter(), Counter()))


@dataclass(frozen=True)
class PeopleOnWays:
    """How many people went the ways of a period.

    Attributes
    ----------
    every, bought, left : int           with a way; with one that ended in an order, and in none
    ways : mapping                      (way, bought) → people
    begun : mapping                     channel → people with a way that began there
    roles : RolePeople                  of ways that ended in an order
    """

    every: int
    bought: int
    left: int
    ways: Mapping[tuple[Path, bool], int]
    begun: Mapping[str, int]
    roles: RolePeople


def people_on_ways(known: Known, period: Period) -> PeopleOnWays:
    """The people behind `paths_of`."""
    return _people(known, _moved(known, period), ()).get((), PeopleOnWays(0, 0, 0, {}, {}, {}))


def paths_by(known: Known, period: Period, groups: pa.Table) -> dict[str, tuple[PeopleOnWays, Paths]]:
    """People with such a way and their ways, for each group (customer_id, segment) of twenty people and more.

    Who is in none is left out; so is the next smallest group where the others would reveal a small one.
    """
    placed = known.engine.table(groups.select(["customer_id", "segment"]))
    moved = known.engine.keep(_moved(known, period).inner_join(placed, "customer_id").filter(ibis._.segment.notnull()))
    people = _people(known, moved, ("segment",))
    found = _as_paths(known, _whole_ways(moved, "segment"), ("segment",))
    by_size = sorted(people.items(), key=lambda one: (-one[1].every, one[0]))
    told = large_enough([one.every for _, one in by_size])
    return {group[0]: (one, found[group]) for (group, one), shown in zip(by_size, told, strict=True) if shown}


def _moved(known: Known, period: Period) -> ir.Table:
    """One row a touch in the ways that ended in a period, those through the channel before left out.

    `back` and `forth` count from a way's last and first such touch.
    """
    rows = way_steps(known)
    since, until = (ibis.literal(moment, "timestamp(6)") for moment in (period.since, period.until))
    rows = rows.filter((rows.ended_at >= since) & (rows.ended_at < until))
    moved = rows.filter(rows.before_channel.isnull() | (rows.before_channel != rows.channel))
    latest = ibis.window(group_by=["customer_id", "way"], order_by=moved.nth.desc())
    moved = moved.mutate(back=ibis.row_number().over(latest)).filter(ibis._.back < LONGEST)
    first = ibis.window(group_by=["customer_id", "way"], order_by=moved.nth)
    return moved.mutate(forth=ibis.row_number().over(first))


def _whole_ways(moved: ir.Table, *by: str) -> ir.Table:
    """One row a way: customer_id, way, bought, channels in one text."""
    return moved.group_by(*by, "customer_id", "way", "bought").aggregate(
        channels=moved.channel.group_concat(_BETWEEN, order_by=moved.nth)
    )


def _people(known: Known, moved: ir.Table, by: tuple[str, ...]) -> dict[tuple[str, ...], PeopleOnWays]:
    """The people of each group, in as many queries as there are kinds of counts."""
    who, bought = moved.customer_id, moved.bought
    first, last = moved.forth == 0, moved.back == 0
    roles = {
        "orders": bought, "introduces": bought & first, "assists": bought & ~first & ~last, "closes": bought & last,
        "begun": first,
    }  # fmt: skip
    counts = {"every": who.nunique(), "bought": who.nunique(where=bought), "left": who.nunique(where=~bought)}
    sides = moved.aggregate([count.name(name) for name, count in counts.items()], by=list(by))
    of_channels = moved.group_by(*by, "channel").aggregate(
        **{name: who.nunique(where=on) for name, on in roles.items()}
    )
    ways = _whole_ways(moved, *by)
    of_ways = ways.group_by(*by, "channels", "bought").aggregate(people=ways.customer_id.nunique())
    channels, gone = (_grouped(known.engine.arrow(one).to_pylist(), by) for one in (of_channels, of_ways))
    return {
        group: PeopleOnWays(
            every=row["every"], bought=row["bought"], left=row["left"],
            ways={(tuple(one["channels"].split(_BETWEEN)), one["bought"]): one["people"] for one in gone[group]},
            begun={one["channel"]: one["begun"] for one in channels[group]},
            roles={(name, one["channel"]): one[name] for one in channels[group] for name in roles if name != "begun"},
        )
        for group, (row,) in _grouped(known.engine.arrow(sides).to_pylist(), by).items() if row["every"]
    }  # fmt: skip


def _grouped(rows: list[dict[str, Any]], by: tuple[str, ...]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in by), []).append(row)
    return found


def _as_paths(known: Known, rows: ir.Table, by: tuple[str, ...]) -> dict[tuple[str, ...], Paths]:
    counted = known.engine.arrow(rows.group_by(*by, "channels", "bought").aggregate(times=rows.count())).to_pylist()
    found: dict[tuple[str, ...], Paths] = {}
    for row in sorted(counted, key=lambda row: (*(row[name] for name in by), str(row["channels"]))):
        paths = found.setdefault(tuple(row[name] for name in by), Paths(Counter(), Counter()))
        (paths.bought if row["bought"] else paths.left)[tuple(row["channels"].split(_BETWEEN))] += row["times"]
    return found
