"""Frequency: how often a customer orders, and whether more or less often than before."""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since_first, local_day, placed, trend
from features.feature import feature, ratio


@feature(table="orders", windows=("14d", "30d", "90d", "365d", "all"), unit="orders", empty=0)
def orders(orders: ir.Table) -> ir.Value:
    """Orders placed; returns are none, an order over nothing is one. No orders means 0."""
    return orders.count(where=placed(orders))


@feature(table="orders", windows=("14d", "30d", "90d", "365d", "all"), unit="days", empty=0)
def shopping_days(orders: ir.Table) -> ir.Value:
    """Local days with an order: two orders on one day are one occasion. No orders means 0."""
    return local_day(orders).nunique(where=placed(orders))


@feature(table="orders", windows=("90d", "365d"), unit="weeks", empty=0)
def active_weeks(orders: ir.Table) -> ir.Value:
    """Calendar weeks (from Monday) with an order: the steadiness of the habit. No orders means 0."""
    return orders.happened_at.truncate("W").nunique(where=placed(orders))


@feature(table="orders", windows=("90d", "365d"), unit="position")
def orders_trend(orders: ir.Table, days: int) -> ir.Value:
    """Where in the window the orders lie, −1 to 1: below 0 they thin out, above 0 they come faster.

    Missing without an order in the window.
    """
    return trend(orders, days, placed(orders))


@feature(table="orders", unit="orders per 30 days")
def order_rate(orders: ir.Table) -> ir.Value:
    """Orders per 30 days since the first order. Missing without an order."""
    thirty = ibis.literal(30.0, "float64")
    return ratio(orders.count(where=placed(orders)), days_since_first(orders, placed(orders))) * thirty
