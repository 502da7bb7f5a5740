"""Purchase channels and stores: where a customer buys, how firmly, and where they are drifting to."""

from collections.abc import Callable

import ibis.expr.types as ir

from features.catalog.expressions import ONLINE, concentration, placed, share, trend
from features.feature import Feature, feature, ratio

CHANNELS = ("web", "app", "mini_program", "store", "social", "community", "live", "call", "marketplace")
NAMED = ("web", "app", "mini_program", "store", "marketplace")


def _online(orders: ir.Table) -> ir.BooleanValue:
    return orders.channel.isin(ONLINE)


@feature(table="orders", windows=("90d", "365d"), unit="share", needs=("channel",))
def online_share(orders: ir.Table) -> ir.Value:
    """Share of orders through web, app, mini program, live, social or marketplace. Missing without an order."""
    return share(orders, _online(orders), placed(orders))


@feature(table="orders", windows=("365d",), unit="share", needs=("channel",))
def app_share(orders: ir.Table) -> ir.Value:
    """Share of orders through the app or mini program. Missing without an order."""
    return share(orders, orders.channel.isin(("app", "mini_program")), placed(orders))


@feature(table="orders", windows=("365d",), unit="channels", empty=0, needs=("channel",))
def channel_variety(orders: ir.Table) -> ir.Value:
    """Different sales channels ordered through. No orders means 0."""
    return orders.channel.nunique(where=placed(orders))


@feature(table="orders", windows=("365d",), unit="concentration", needs=("channel",))
def channel_concentration(orders: ir.Table) -> ir.Value:
    """How much the orders keep to one channel: 1 is always the same, less is a mix. Missing without an order.

    Channels besides web, app, mini program, store and marketplace count as one.
    """
    parts = [orders.channel == channel for channel in NAMED]
    return concentration(orders, [*parts, ~orders.channel.isin(NAMED)], placed(orders))


@feature(table="orders", unit="share", needs=("channel",))
def last_order_online(orders: ir.Table) -> ir.Value:
    """1 where the latest order with a channel came online, else 0. Missing without one."""
    online = _online(orders).cast("int64")
    return online.argmax(orders.happened_at, where=placed(orders))


@feature(table="orders", windows=("365d",), unit="position", needs=("channel",))
def online_drift(orders: ir.Table, days: int) -> ir.Value:
    """Online orders' place in the window less that of all orders: above 0 the customer is moving online.

    Missing without an online order.
    """
    bought = placed(orders)
    return trend(orders, days, bought & _online(orders)) - trend(orders, days, bought)


@feature(table="orders", windows=("365d",), unit="share", needs=("fulfilment",))
def pick_up_share(orders: ir.Table) -> ir.Value:
    """Share of orders picked up in a store. Missing without an order."""
    return share(orders, orders.fulfilment == "pick_up", placed(orders))


@feature(table="orders", windows=("365d",), unit="currency", needs=("shipping",))
def shipping_mean(orders: ir.Table) -> ir.Value:
    """Mean charge for delivery where one is stated. Missing without such an order."""
    stated = placed(orders) & orders.shipping.notnull()
    return ratio(orders.shipping.sum(where=stated), orders.count(where=stated))


@feature(table="orders", windows=("365d",), unit="stores", empty=0, needs=("store_id",))
def stores_visited(orders: ir.Table) -> ir.Value:
    """Different stores ordered in. No orders means 0."""
    return orders.store_id.nunique(where=placed(orders))


def _orders_through(channel: str) -> Feature:
    def count(orders: ir.Table) -> ir.Value:
        return orders.count(where=placed(orders) & (orders.channel == channel))

    body: Callable[[ir.Table], ir.Value] = count
    body.__name__, body.__doc__ = f"{channel}_orders", f"Orders through {channel}. No orders means 0."
    return feature(table="orders", windows=("365d",), unit="orders", empty=0, needs=("channel",))(body)


BY_CHANNEL = tuple(_orders_through(channel) for channel in CHANNELS)


@feature(table="visited_stores", unit="share", needs=("store_id",))
def top_store_share(visited_stores: ir.Table) -> ir.Value:
    """Share of the past 365 days' orders that went to the favourite store. Missing without an order in a store."""
    return ratio(visited_stores.bought.max(), visited_stores.bought.sum())
