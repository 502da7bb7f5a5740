"""When an order arrived, and whether it came later than was promised: one definition for features and reports."""

import ibis
import ibis.expr.types as ir

FACE_TO_FACE = "in_store"  # handed over when it was bought: nothing was promised


def deliveries_known(orders: ir.Table, cutoff: ir.Value) -> ir.Table:
    """The orders that had arrived before the cutoff, with `late`, `days` and the moment they arrived as happened_at.

    An order row may tell today of a delivery that lay ahead at the cutoff: such a one is not known yet. One that
    arrived on a day before it was ordered is a mistake of the data and left out.

    Parameters
    ----------
    orders : rows of the canonical table that are known at the cutoff
    cutoff : a moment, or a column of the rows

    Returns
    -------
    ir.Table    the columns of orders, happened_at moved; late is null where no promise is told, or one from before the
                order; days is the whole days of the calendar between order and arrival, 0 or more
    """
    rows = orders.filter(
        orders.kind == "order",
        orders.delivered_at < cutoff,
        _day(orders.delivered_at) >= _day(orders.happened_at),
        orders.fulfilment.fill_null("") != FACE_TO_FACE,
    )
    seconds = _day(rows.delivered_at).epoch_seconds() - _day(rows.happened_at).epoch_seconds()
    rows = rows.mutate(late=_late(rows), days=seconds.cast("float64") / ibis.literal(86400.0, "float64"))
    return rows.mutate(happened_at=rows.delivered_at)


def _late(rows: ir.Table) -> ir.BooleanValue:
    """A promise at midnight is a bare date, and kept by whatever arrives on that day."""
    day_alone = _day(rows.promised_at) == rows.promised_at
    arrived = ibis.ifelse(day_alone, _day(rows.delivered_at), rows.delivered_at)
    sound = _day(rows.promised_at) >= _day(rows.happened_at)
    return ibis.ifelse(sound, arrived > rows.promised_at, ibis.null("boolean"))


def _day(moment: ir.Value) -> ir.TimestampValue:
    return moment.truncate("D").cast("timestamp(6)")
