"""What a feature may read: the canonical tables, and views of them as they were known at the cutoff.

A view holds rows that depend on other rows – the gap to the order before, the sends since the last response.
Deriving those at ingest goes wrong with late rows, so a view is derived anew for every (customer, cutoff) from
the rows known by then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.errors import FeatureError
from features.tables import TABLES

CLOCKS = {"happened_at": "timestamp(6)", "known_at": "timestamp(6)"}
IBIS_TYPES = {
    "id": "string",
    "text": "string",
    "moment": "timestamp(6)",
    "money": "decimal(18, 4)",
    "number": "float64",
    "flag": "boolean",
}


@dataclass(frozen=True)
class View:
    """Rows derived from what was known at each (customer, cutoff).

    Attributes
    ----------
    name : str
    sources : tuple of str      canonical tables it is derived from; a shop lacking one lacks the view
    columns : mapping           name → type, besides `happened_at`
    derive : callable           takes a mapping of source name → rows that carry `key`, `cutoff` and the source's
                                columns, all shown before `cutoff`; returns `key`, `cutoff`, `happened_at`, columns
    """

    name: str
    sources: tuple[str, ...]
    columns: Mapping[str, str]
    derive: Callable[[Mapping[str, ir.Table]], ir.Table]


def _order_days(sources: Mapping[str, ir.Table]) -> ir.Table:
    orders = sources["orders"]
    days = (
        orders.filter(orders.kind == "order")
        .mutate(happened_at=orders.happened_at.truncate("D").cast("timestamp(6)"))
        .select("key", "cutoff", "happened_at")
        .distinct()
    )
    before = days.happened_at.lag().over(ibis.window(group_by=["key", "cutoff"], order_by=days.happened_at))
    days = days.mutate(before=before)
    seconds = days.happened_at.epoch_seconds() - days.before.epoch_seconds()
    return days.mutate(gap_days=seconds.cast("float64") / ibis.literal(86400.0, "float64")).drop("before")


VIEWS: dict[str, View] = {
    view.name: view for view in (View("order_days", ("orders",), {"gap_days": "float64"}, _order_days),)
}


def relation(name: str) -> ir.Table:
    """The unbound relation a feature's body is written against; `cutoff` is one of its columns.

    Raises
    ------
    FeatureError    if there is neither a table nor a view of that name
    """
    if name in TABLES:
        columns = {column.name: IBIS_TYPES[column.type] for column in TABLES[name].all_columns}
    elif name in VIEWS:
        columns = {"customer_id": "string", **VIEWS[name].columns}
    else:
        known = ", ".join([*TABLES, *VIEWS])
        raise FeatureError(f"{name!r} is neither a table nor a view. Known are {known}.")
    return ibis.table({**columns, **CLOCKS, "cutoff": "timestamp(6)"}, name=name)


def sources_of(name: str) -> tuple[str, ...]:
    """The canonical tables that `name` is read from."""
    return VIEWS[name].sources if name in VIEWS else (name,)
