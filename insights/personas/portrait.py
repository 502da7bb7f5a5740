"""What is known of a group of people: what they buy, where, when, through what, and how many can be written to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.clocks import add_days
from features.known import took_place
from features.reach.allowed_channels import allowed_channels
from insights.known import Known, Period
from insights.lifecycle.segments import stated
from insights.personas.behaviour import YEAR
from insights.small_groups import SMALLEST

_STANDS_OUT = 1.1  # times the shop's share, from which something is typical
_HOURS = ((5, "morning"), (11, "noon"), (14, "afternoon"), (18, "evening"), (22, "night"))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TYPICAL = ("department", "purchase_channel", "store", "weekday", "hours", "contact_channel", "age", "gender", "region")


def reachable(known: Known, members: ir.Table) -> Mapping[int, int]:
    """By group: how many of its people may be written to, and can be, through a channel or more.

    Parameters
    ----------
    members : customer_id, group
    """
    pairs = known.engine.table(allowed_channels(known.shop, known.at, engine=known.engine).select(["customer_id"]))
    met = members.inner_join(pairs.distinct(), "customer_id")
    return {row["group"]: row["people"] for row in _rows(known, met.group_by("group").aggregate(people=met.count()))}


def typical(known: Known, members: ir.Table) -> Mapping[int, Mapping[str, str]]:
    """By group: for each of TYPICAL the value that stands out most from the shop's, of twenty people or more.

    What the shop does not give, and that in which a group is like the shop, is left out.
    """
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name, rows in _asked(known).items():
        met = rows.filter(rows.value.notnull()).inner_join(members, "customer_id")
        counted = met.group_by("group", "value").aggregate(times=met.count(), people=met.customer_id.nunique())
        for group, value in _standing_out(_rows(known, counted.order_by("group", "value"))).items():
            found[group][name] = value
    return found


def _rows(known: Known, rows: ir.Table) -> list[dict[str, Any]]:
    return list(known.engine.arrow(rows).to_pylist())


def _standing_out(counted: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """By group the value with the largest share times how far that is above the shop's."""
    whole: Counter[str] = Counter()
    groups: Counter[int] = Counter()
    for row in counted:
        whole[row["value"]] += row["times"]
        groups[row["group"]] += row["times"]
    every = sum(whole.values())
    best: dict[int, tuple[float, str]] = {}
    for row in counted:
        group, value = row["group"], row["value"]
        if row["people"] < SMALLEST:
            continue
        share = row["times"] / groups[group]
        above = share / (whole[value] / every)
        if above >= _STANDS_OUT and share * (above - 1.0) > best.get(group, (0.0, ""))[0]:
            best[group] = (share * (above - 1.0), value)
    return {group: value for group, (_, value) in best.items()}


def _asked(known: Known) -> dict[str, ir.Table]:
    """Rows of customer_id and value for everything that can be typical and is given."""
    year = Period(add_days(known.at, -YEAR), known.at)
    orders = known.orders.filter(year.holds(known.orders) & known.orders.customer_id.notnull())
    names = known.engine.table(pa.table({"day": pa.array(range(7), pa.int64()), "value": list(WEEKDAYS)}))
    day = orders.mutate(day=orders.happened_at.day_of_week.index().cast("int64")).inner_join(names, "day")
    found = {"weekday": _valued(day, day.value), "hours": _valued(orders, _part_of_day(orders))}
    for name, column in (("purchase_channel", "channel"), ("store", "store_id")):
        if known.has("orders", column):
            found[name] = _valued(orders, orders[column])
    if known.shop.has("order_lines") and known.has("products", "department"):
        lines = known.rows("order_lines")
        lines = lines.filter(year.holds(lines) & (lines.kind == "order") & lines.customer_id.notnull())
        found["department"] = _valued(lines, lines.department)
    if known.shop.has("messages") and known.shop.has("responses"):
        clicks = took_place(known.rows("responses"), "responses")
        clicks = clicks.filter(year.holds(clicks) & (clicks.kind == "click") & ~clicks.is_machine.fill_null(False))
        found["contact_channel"] = _valued(clicks, clicks.channel)
    for name in ("age", "gender", "region"):
        segments = stated(known, name)
        if segments is not None:
            table = known.engine.table(segments)
            found[name] = _valued(table, table.segment)
    return found


def _valued(rows: ir.Table, value: ir.Value) -> ir.Table:
    return rows.select("customer_id", value=value.cast("string"))


def _part_of_day(orders: ir.Table) -> ir.Value:
    """Part of the day, null where no order states an hour."""
    hour = orders.happened_at.hour()
    told = (hour != 0).any().over(ibis.window())
    parts = [(hour < until, name) for (until, _), (_, name) in zip(_HOURS[1:], _HOURS, strict=False)]
    named = ibis.cases((hour < _HOURS[0][0], _HOURS[-1][1]), *parts, else_=_HOURS[-1][1])
    return ibis.ifelse(told, named, ibis.null("string"))
