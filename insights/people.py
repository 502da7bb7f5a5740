"""Who stands behind a row. Groups are as large as their people, not as their rows: one person can fill twenty."""

import ibis
import ibis.expr.types as ir

_GUEST = "\x1fguest "  # no customer_id begins with it


def person(rows: ir.Table, guest: str) -> ir.StringValue:
    """The customer of a row; of a guest's row its session or order, as `guest` names the column.

    Null where neither is told: such rows are nobody's, and no number of them is a group of people.
    """
    return ibis.coalesce(rows.customer_id, ibis.literal(_GUEST) + rows[guest])


def people_of(rows: ir.Table, guest: str, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """How many people stand behind rows, or behind those where `where` holds."""
    return person(rows, guest).nunique(where=where)
