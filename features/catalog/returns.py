"""Returns: how much of what a customer buys comes back."""

import ibis.expr.types as ir

from features.catalog.expressions import days_since, placed
from features.feature import feature, ratio


def _returned(orders: ir.Table) -> ir.BooleanValue:
    return orders.kind == "return"


@feature(table="orders", windows=("365d",), unit="returns", empty=0)
def returns(orders: ir.Table) -> ir.Value:
    """Returns made. None means 0."""
    return orders.count(where=_returned(orders))


@feature(table="orders", windows=("365d",), unit="returns per order")
def return_rate(orders: ir.Table) -> ir.Value:
    """Returns over orders of the window. Missing without an order."""
    return ratio(orders.count(where=_returned(orders)), orders.count(where=placed(orders)))


@feature(table="orders", windows=("365d",), unit="share")
def returned_spend_share(orders: ir.Table) -> ir.Value:
    """Money given back over money taken in. Missing where nothing was taken in."""
    back = orders.amount.sum(where=_returned(orders)).cast("float64").fill_null(0.0)
    return -ratio(back, orders.amount.sum(where=placed(orders)))


@feature(table="orders", unit="days")
def days_since_return(orders: ir.Table) -> ir.Value:
    """Days since the latest return. Missing where there was none."""
    return days_since(orders, _returned(orders))
