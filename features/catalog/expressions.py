"""What several families say in the same words: which rows are orders, local days, shares, silences, trends."""

import ibis
import ibis.expr.types as ir

from features.feature import days_between, ratio


def placed(rows: ir.Table) -> ir.BooleanValue:
    """Rows of an order, not of a return; an order over nothing is one."""
    return rows.kind == "order"


def local_day(rows: ir.Table) -> ir.TimestampValue:
    """The midnight a row's local day begins with."""
    return rows.happened_at.truncate("D")


def days_since(rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.Value:
    """Local days from the latest row's day to the cutoff: 1 for yesterday, missing without a row."""
    return days_between(rows.cutoff, rows.happened_at.max(where=where).truncate("D"))


def days_since_first(rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.Value:
    """Local days from the earliest row's day to the cutoff."""
    return days_between(rows.cutoff, rows.happened_at.min(where=where).truncate("D"))


def share(rows: ir.Table, part: ir.BooleanValue, of: ir.BooleanValue | None = None) -> ir.Value:
    """Rows of `of` that are also `part`, as a share; missing where `of` holds for none."""
    both = part if of is None else part & of
    return ratio(rows.count(where=both), rows.count(where=of))


def trend(rows: ir.Table, days: int, where: ir.BooleanValue, weight: ir.Value | None = None) -> ir.Value:
    """Where in the window the rows lie: +1 all on its last day, 0 evenly spread, −1 all on its first day.

    It is the centre of mass of the rows' days, so it needs sums alone and compares a customer with their own past.
    """
    day = local_day(rows).epoch_seconds() // ibis.literal(86400, "int64")
    if weight is None:
        centre = ratio(day.sum(where=where), rows.count(where=where))
    else:
        heavy = weight.cast("float64")
        centre = ratio((day.cast("float64") * heavy).sum(where=where), heavy.sum(where=where))
    cutoff = rows.cutoff.epoch_seconds().cast("float64") / ibis.literal(86400.0, "float64")
    middle = cutoff - ibis.literal((days + 1) / 2, "float64")
    return (centre - middle) / ibis.literal(max(days - 1, 1) / 2, "float64")


def concentration(rows: ir.Table, parts: list[ir.BooleanValue], of: ir.BooleanValue) -> ir.Value:
    """Sum of squared shares of disjoint parts: 1 where all rows share one, 1 / n where n parts share alike."""
    whole = rows.count(where=of)
    total = ibis.literal(0.0, "float64")
    for part in parts:
        one = ratio(rows.count(where=of & part), whole)
        total = total + one * one
    return total
