"""What a feature may read: the canonical tables, and views of them as they were known at the cutoff."""

from collections.abc import Iterable
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.errors import FeatureError
from features.tables import TABLES
from features.views import VIEWS

CLOCKS = {"happened_at": "timestamp(6)", "known_at": "timestamp(6)"}


def relation(name: str) -> ir.Table:
    """The unbound relation a feature's body is written against; `cutoff` is one of its columns.

    Raises
    ------
    FeatureError    if there is neither a table nor a view of that name
    """
    if name in TABLES:
        columns = {column.name: column.type for column in TABLES[name].all_columns}
    elif name in VIEWS:
        columns = {"customer_id": "string", **VIEWS[name].columns}
    else:
        known = ", ".join([*TABLES, *VIEWS])
        raise FeatureError(f"{name!r} is neither a table nor a view. Known are {known}.")
    return ibis.table({**columns, **CLOCKS, "cutoff": "timestamp(6)"}, name=name)


def sources_of(name: str) -> tuple[str, ...]:
    """The canonical tables that `name` is read from."""
    return VIEWS[name].sources if name in VIEWS else (name,)


def reads(name: str, expression: ir.Value) -> dict[str, set[str]]:
    """The columns of each canonical table that an expression over `relation(name)` reads, through a view or not."""
    if name not in VIEWS:
        return {name: _fields(expression, {name})[name]}
    return _fields(VIEWS[name].derive(VIEWS[name].unbound()), VIEWS[name].sources)


def _fields(expression: ir.Expr, names: Iterable[str]) -> dict[str, set[str]]:
    """The columns taken from unbound tables, directly or behind a filter."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for field in expression.op().find(ops.Field):
        source = field.rel
        while isinstance(source, ops.Filter):
            source = source.parent
        if isinstance(source, ops.UnboundTable) and source.name in found:
            found[source.name].add(field.name)
    return found


def derivation(name: str) -> list[Any] | None:
    """How a view's rows are derived, for fingerprints; None for a canonical table."""
    return VIEWS[name].says() if name in VIEWS else None
