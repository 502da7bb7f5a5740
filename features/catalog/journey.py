"""Journey: how far a customer has come, how they get to an order, and what they do since the last one."""

import ibis.expr.types as ir

from features.catalog.expressions import days_since
from features.feature import feature, ratio


def _touched(paths: ir.Table, *kinds: str) -> ir.BooleanValue:
    touched = ~paths.is_order & (paths.kind != "purchase")
    return touched & paths.kind.isin(kinds) if kinds else touched


@feature(table="order_days", unit="days")
def gap_first(order_days: ir.Table) -> ir.Value:
    """Days from the first shopping day to the second. Missing until there is a second."""
    return order_days.gap_days.max(where=order_days.nth == 2)


@feature(table="order_days", unit="days")
def days_since_second_day(order_days: ir.Table) -> ir.Value:
    """Days since the second shopping day made a returning customer. Missing until there is a second."""
    return days_since(order_days, order_days.nth == 2)


@feature(table="order_days", unit="days")
def days_since_comeback(order_days: ir.Table) -> ir.Value:
    """Days since the customer came back after 90 days or more. Missing where they never did."""
    return days_since(order_days, order_days.gap_days >= 90)


@feature(table="paths", windows=("365d",), unit="touches per order")
def touches_per_order(paths: ir.Table) -> ir.Value:
    """Touches on the way to an order: those before the latest one over the orders. Missing without an order."""
    before = _touched(paths) & ~paths.since_order
    return ratio(paths.count(where=before), paths.count(where=paths.is_order))


@feature(table="paths", windows=("90d",), unit="touches", empty=0)
def touches_since_order(paths: ir.Table) -> ir.Value:
    """Touches since the latest order. None means 0."""
    return paths.count(where=_touched(paths) & paths.since_order)


@feature(table="paths", windows=("90d",), unit="views", empty=0)
def views_since_order(paths: ir.Table) -> ir.Value:
    """Products viewed since the latest order: interest that found no purchase. None means 0."""
    return paths.count(where=_touched(paths, "view") & paths.since_order)


@feature(table="paths", windows=("90d",), unit="additions", empty=0)
def cart_additions_since_order(paths: ir.Table) -> ir.Value:
    """Products put into a cart since the latest order. None means 0."""
    return paths.count(where=_touched(paths, "add_to_cart") & paths.since_order)
