"""What happened next: reductions over the window after the cutoff, from rows known before `until`."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.engine import Engine, opened
from features.errors import CutoffError
from features.identity.resolve import records_at, resolve
from features.known import took_place
from features.relations import relation
from features.shop import Shop
from features.spine import Spine

Outcome = tuple[str, Callable[[ir.Table], ir.Scalar]]


def outcomes(
    shop: Shop,
    spine: Spine,
    horizon_days: int,
    until: datetime,
    reductions: Mapping[str, Outcome],
    *,
    engine: Engine | None = None,
) -> pa.Table:
    """Reduce the rows of [cutoff, cutoff + horizon) that were known before `until`.

    Parameters
    ----------
    shop : Shop
    spine : Spine
    horizon_days : int          length of the outcome window
    until : datetime            local midnight; nothing known on or after it is seen
    reductions : mapping        name → (canonical table, reduction over its rows); the table carries `cutoff`
    engine : Engine, optional   DuckDB by default

    Returns
    -------
    pa.Table        customer_id, cutoff, then one column a reduction in its own type, null where the window holds no
                    row; sorted as the spine

    Raises
    ------
    CutoffError     if an outcome window is not over at `until`: what has not happened yet is no 0
    """
    _refuse_unfinished(spine, horizon_days, until)
    with opened(engine) as running:
        asked = running.table(spine.rows)
        records = running.keep(records_at(asked, resolve(shop, [until], running), until))
        joined, kept = asked, [asked, records]
        for table in dict.fromkeys(name for name, _ in reductions.values()):
            wanted = {name: body for name, (source, body) in reductions.items() if source == table}
            rows = took_place(running.read(shop.path(table)), table)
            part = running.keep(_reduced(rows, records, table, horizon_days, until, wanted))
            kept.append(part)
            same = [joined.customer_id == part.for_customer, joined.cutoff == part.for_cutoff]
            joined = joined.left_join(part, same).drop("for_customer", "for_cutoff")
        ordered = joined.select("customer_id", "cutoff", *reductions).order_by("cutoff", "customer_id")
        found = running.arrow(ordered)
        running.drop(*kept)
        return found


def _reduced(
    rows: ir.Table,
    records: ir.Table,
    name: str,
    horizon_days: int,
    until: datetime,
    wanted: Mapping[str, Callable[[ir.Table], ir.Scalar]],
) -> ir.Table:
    asked = records.select(
        "for_customer",
        "member",
        cutoff=records.for_cutoff,
        end=records.for_cutoff + ibis.interval(days=horizon_days),
    )
    rows = rows.filter(rows.known_at < ibis.literal(until, "timestamp(6)"))
    met = rows.join(asked, [rows.customer_id == asked.member, rows.happened_at >= asked.cutoff])
    met = met.filter(met.happened_at < met.end)
    columns = [column for column in relation(name).columns if column in met.columns]
    known = met.select("for_customer", *columns)
    grouped = known.group_by("for_customer", for_cutoff=known.cutoff)
    return grouped.aggregate(**{column: body(known) for column, body in wanted.items()})


def _refuse_unfinished(spine: Spine, horizon_days: int, until: datetime) -> None:
    last = until - timedelta(days=horizon_days)
    early = [cutoff for cutoff in spine.cutoffs if cutoff > last]
    if not early:
        return
    longest = (until - early[0]).days
    shorter = f", or shorten the horizon to {longest}d" if longest > 0 else ""
    raise CutoffError(
        f"cutoff {early[0]:%Y-%m-%d} needs outcomes until {early[0] + timedelta(days=horizon_days):%Y-%m-%d}, "
        f"but only what was known before {until:%Y-%m-%d} may be seen. "
        f"Drop cutoffs after {last:%Y-%m-%d}{shorter}."
    )
