"""Money: what a customer spends, in the shop's one currency. Sums of money are exact decimals."""

import ibis.expr.types as ir

from features.catalog.expressions import placed, trend
from features.feature import feature, ratio


@feature(table="orders", windows=("14d", "30d", "90d", "365d", "all"), unit="currency", empty=0)
def spend(orders: ir.Table) -> ir.Value:
    """Money spent, returns deducted. No orders means 0: a silent customer, not a missing value."""
    return orders.amount.sum()


@feature(table="orders", windows=("90d", "365d"), unit="currency")
def order_value(orders: ir.Table) -> ir.Value:
    """Mean amount of an order, returns not deducted. Missing without an order."""
    return ratio(orders.amount.sum(where=placed(orders)), orders.count(where=placed(orders)))


@feature(table="orders", windows=("365d",), unit="currency")
def order_value_spread(orders: ir.Table) -> ir.Value:
    """Standard deviation of the orders' amounts: a small one means baskets of one size. Missing without an order."""
    return orders.amount.cast("float64").std(where=placed(orders), how="pop")


@feature(table="orders", windows=("365d",), unit="currency")
def order_value_max(orders: ir.Table) -> ir.Value:
    """Largest amount of one order. Missing without an order."""
    return orders.amount.max(where=placed(orders))


@feature(table="orders", unit="currency")
def order_value_last(orders: ir.Table) -> ir.Value:
    """Amount of the latest order; of several at one moment the largest. Missing without an order."""
    return orders.amount.argmax(orders.happened_at, where=placed(orders))


@feature(table="orders", windows=("365d",), unit="position")
def spend_trend(orders: ir.Table, days: int) -> ir.Value:
    """Where in the window the money was spent, −1 to 1: below 0 it dwindles, above 0 it grows.

    Returns are left out. Missing where nothing was spent in the window.
    """
    return trend(orders, days, placed(orders), weight=orders.amount)


@feature(table="orders", windows=("90d", "365d"), unit="share", needs=("discount",))
def discount_share(orders: ir.Table) -> ir.Value:
    """Discount as a share of the price before discount. Missing where nothing was ordered."""
    discount = orders.discount.cast("float64").sum(where=placed(orders))
    return ratio(discount, orders.amount.cast("float64").sum(where=placed(orders)) + discount)


@feature(table="orders", windows=("365d",), unit="share", needs=("discount",))
def discounted_orders_share(orders: ir.Table) -> ir.Value:
    """Share of orders with any discount: who waits for one. Missing without an order."""
    return ratio(orders.count(where=placed(orders) & (orders.discount > 0)), orders.count(where=placed(orders)))
