"""KPIs of a period, or of each of its months, by channel, touchpoint, store, device and segment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.errors import FeatureError
from insights.known import Known, Period
from insights.kpis.kpi import Kpi
from insights.kpis.kpi_list import KPIS
from insights.kpis.relations import RELATIONS, Relation, rows_of
from insights.months import month_of, shifted
from insights.people import people_of
from insights.small_groups import without_small

PLACES = ("channel", "touchpoint", "store", "device")
SEGMENT = "segment"
_BOOKS = ("orders", "buyers")  # the whole shop's are its own books, however few bought
Every = Literal["month"] | None


def kpis(
    known: Known,
    period: Period,
    *,
    names: Sequence[str] | None = None,
    by: Sequence[str] = (),
    every: Every = None,
    segments: pa.Table | None = None,
) -> pa.Table:
    """KPIs recomputed over the rows of each group and period.

    Parameters
    ----------
    names : KPIs wanted; all by default
    by : of channel, touchpoint, store, device, segment        a KPI whose rows lack one of them is left out
    every : "month" or None         calendar months that lie whole in the period, or the period as one
    segments : pa.Table, optional   customer_id, segment: needed for `by` segment

    Returns
    -------
    pa.Table        period_start, then `by`, kpi, value, unit, people and late_rows, one row a KPI and group; people
                    are those the KPI is about – raters for satisfaction –, under twenty are left out, but for what the
                    whole shop sold; late_rows happened in the period and were known only after it ended: who looked
                    then saw other figures

    Raises
    ------
    FeatureError    if a name or place is not known
    """
    _refuse_unknown(names, by, segments)
    wanted = [one for one in KPIS if names is None or one.name in names]
    parts = []
    for relation in dict.fromkeys(one.rows for one in wanted):
        source = RELATIONS[relation]
        if all(map(known.shop.has, source.tables)) and _tells(known, source, by):
            of_rows = [one for one in wanted if one.rows == relation]
            parts.append(_reduced(known, relation, of_rows, _periods(period, every), by, segments))
    empty = pa.table({name: pa.array([], kind) for name, kind in _columns(by)})
    return pa.concat_tables([empty, *parts])


def _periods(period: Period, every: Every) -> list[Period]:
    if every is None:
        return [period]
    start = month_of(period.since)
    start = start if start == period.since else shifted(start, 1)
    found = []
    while shifted(start, 1) <= period.until:
        found.append(Period(start, shifted(start, 1)))
        start = shifted(start, 1)
    return found


def _columns(by: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    whole = [("kpi", pa.string()), ("value", pa.float64()), ("unit", pa.string())]
    return [
        ("period_start", pa.timestamp("us")), *((name, pa.string()) for name in by), *whole,
        ("people", pa.int64()), ("late_rows", pa.int64()),
    ]  # fmt: skip


def _tells(known: Known, source: Relation, by: Sequence[str]) -> bool:
    """Whether the relation's rows state every place asked for."""
    places = [place for place in by if place != SEGMENT]
    return all(place in source.places and known.has(source.tables[0], source.places[place]) for place in places)


def _reduced(
    known: Known,
    relation: str,
    wanted: Sequence[Kpi],
    periods: Sequence[Period],
    by: Sequence[str],
    segments: pa.Table | None,
) -> pa.Table:
    source, rows = RELATIONS[relation], rows_of(known, relation)
    rows = rows.mutate(**{place: rows[source.places[place]] for place in by if place != SEGMENT})
    if SEGMENT in by:
        rows = rows.inner_join(known.engine.table(_renamed(segments)), "customer_id")
    here = rows.filter(*(rows[place].notnull() for place in by)) if by else rows
    rows = _people(known, here, rows, periods, by) if source.of_people else _within(known, here, periods)
    groups = ["period_start", *by]
    late = ibis.literal(0) if source.of_people else (rows.shown_at >= rows.period_end).sum()
    of = {one.among: place for place, one in enumerate(wanted)}  # KPIs of the same rows are of the same people
    people = {
        f"people {place}": people_of(rows, source.guest, None if among is None else among(rows))
        for among, place in of.items()
    }
    counted = rows.group_by(groups).aggregate(
        **people, late_rows=late, **{one.name: one.body(rows).cast("float64") for one in wanted}
    )
    table = known.engine.arrow(counted.order_by(groups))
    hides = bool(by) or relation not in _BOOKS
    return _long(table, {one.name: f"people {of[one.among]}" for one in wanted}, wanted, by, hides)


def _within(known: Known, rows: ir.Table, periods: Sequence[Period]) -> ir.Table:
    """The rows of the periods, each with the period it happened in."""
    met = known.engine.table(_table_of(periods))
    return rows.inner_join(met, [rows.happened_at >= met.period_start, rows.happened_at < met.period_end])


def _table_of(periods: Sequence[Period]) -> pa.Table:
    names = {"period_start": [one.since for one in periods], "period_end": [one.until for one in periods]}
    return pa.table({name: pa.array(moments, pa.timestamp("us")) for name, moments in names.items()})


def _people(known: Known, rows: ir.Table, anywhere: ir.Table, periods: Sequence[Period], by: Sequence[str]) -> ir.Table:
    """One row a person, period and place: shopping_days in it, bought_before it, spent_ever by its end, anywhere."""
    rows = rows.filter(rows.customer_id.notnull())
    ends = known.engine.table(_table_of(periods))
    ever = anywhere.inner_join(ends, anywhere.happened_at < ends.period_end)
    ever = ever.group_by("customer_id", "period_start").aggregate(spent_ever=ever.amount.sum())
    keys = ["customer_id", "period_start", *by]
    now = _within(known, rows.filter(rows.is_order), periods)
    now = now.group_by(keys).aggregate(shopping_days=now.happened_at.truncate("D").nunique())
    before = [Period(_before(one), one.since) for one in periods]
    then = _within(known, rows.filter(rows.is_order), before)
    then = then.drop("period_start").rename(period_start="period_end").select(*keys).distinct()
    either = ibis.union(
        now.mutate(bought_before=ibis.literal(False)),
        then.mutate(shopping_days=ibis.literal(0, "int64"), bought_before=ibis.literal(True)),
    )
    people = either.group_by(keys).aggregate(
        shopping_days=either.shopping_days.max(), bought_before=either.bought_before.any()
    )
    return people.left_join(ever, ["customer_id", "period_start"]).drop("customer_id_right", "period_start_right")


def _before(period: Period) -> datetime:
    """When the period before began: the calendar month before a month, else as many days before."""
    if period.since.day == 1 and shifted(period.since, 1) == period.until:
        return shifted(period.since, -1)
    return period.since - (period.until - period.since)


def _long(
    table: pa.Table, people: Mapping[str, str], wanted: Sequence[Kpi], by: Sequence[str], hides: bool
) -> pa.Table:
    """One row a KPI and group; a KPI that a group has no rows for, or those of few people, is not told."""
    parts = []
    for one in wanted:
        rows = table.filter(pa.compute.is_valid(table[one.name]))
        rows = without_small(rows, ["period_start"], people[one.name]) if hides else rows
        told: Mapping[str, pa.Array] = {
            "kpi": pa.array([one.name] * rows.num_rows, pa.string()),
            "value": rows[one.name],
            "unit": pa.array([one.unit] * rows.num_rows, pa.string()),
            "people": rows[people[one.name]],
        }
        columns = {name: told[name] if name in told else rows[name] for name, _ in _columns(by)}
        parts.append(pa.table(columns).cast(pa.schema(_columns(by))))
    return pa.concat_tables(parts)


def _renamed(segments: pa.Table | None) -> pa.Table:
    assert segments is not None  # refused before
    return segments.select(["customer_id", SEGMENT])


def _refuse_unknown(names: Sequence[str] | None, by: Sequence[str], segments: pa.Table | None) -> None:
    known = [one.name for one in KPIS]
    for name in names or ():
        if name not in known:
            raise FeatureError(f"'{name}' is no KPI. There are {', '.join(known)}.")
    for place in by:
        if place not in (*PLACES, SEGMENT):
            raise FeatureError(f"KPIs are not told by '{place}'. Choose of {', '.join((*PLACES, SEGMENT))}.")
    if SEGMENT in by and segments is None:
        raise FeatureError("KPIs by segment need `segments`: a table of customer_id and segment.")
