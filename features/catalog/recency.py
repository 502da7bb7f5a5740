"""Recency: how long a customer has been silent, and how long we have known them. Time counts in local days."""

import ibis.expr.types as ir

from features.catalog.expressions import days_since, days_since_first, placed
from features.feature import feature


@feature(table="orders", unit="days")
def days_since_order(orders: ir.Table) -> ir.Value:
    """Days since the latest order: 1 after an order on the eve of the cutoff. Missing without an order."""
    return days_since(orders, placed(orders))


@feature(table="orders", unit="days")
def days_since_first_order(orders: ir.Table) -> ir.Value:
    """Days since the first order: how long the customer has been one. Missing without an order."""
    return days_since_first(orders, placed(orders))


@feature(table="order_days", unit="days")
def days_since_fifth_last_day(order_days: ir.Table) -> ir.Value:
    """Days since the fifth-latest shopping day: the recent pace in one number. Missing with fewer than five."""
    return days_since(order_days, order_days.back == 5)
