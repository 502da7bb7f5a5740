"""The point-in-time rule: which rows were known before a cutoff."""

import ibis
import ibis.expr.types as ir


def with_shown_at(rows: ir.Table) -> ir.Table:
    """Two clocks become one more column: a row is shown once it has happened and is known."""
    return rows.mutate(shown_at=ibis.greatest(rows.happened_at, rows.known_at))
