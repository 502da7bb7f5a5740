"""Purchase channels and stores: where a customer buys, how firmly, and where they are drifting to."""

import ibis.expr.types as ir

from features.catalog.expressions import placed, share, trend
from features.feature import feature, ratio

Names = tuple[str, ...]


@feature(table="orders", windows=("90d", "365d"), unit="share", needs=("channel",))
def online_share(orders: ir.Table, online: Names) -> ir.Value:
    """Share of orders through channels that are online. Missing without an order."""
    return share(orders, orders.channel.isin(online), placed(orders))


@feature(table="orders", windows=("365d",), unit="channels", empty=0, needs=("channel",))
def channel_variety(orders: ir.Table) -> ir.Value:
    """Different sales channels ordered through. No orders means 0."""
    return orders.channel.nunique(where=placed(orders))


@feature(table="used_channels", unit="concentration", needs=("channel",))
def channel_concentration(used_channels: ir.Table) -> ir.Value:
    """How much the past 365 days' orders keep to one channel: 1 is always the same, 1 / n is n channels alike.

    The sum of the channels' squared shares. Missing without an order that names a channel.
    """
    bought = used_channels.bought.cast("float64")
    return ratio((bought * bought).sum(), bought.sum() * bought.sum())


@feature(table="orders", unit="share", needs=("channel",))
def last_order_online(orders: ir.Table, online: Names) -> ir.Value:
    """1 where the latest order with a channel came online, else 0. Missing without one."""
    came = orders.channel.isin(online).cast("int64")
    return came.argmax(orders.happened_at, where=placed(orders))


@feature(table="orders", windows=("365d",), unit="position", needs=("channel",))
def online_drift(orders: ir.Table, days: int, online: Names) -> ir.Value:
    """Online orders' place in the window less that of all orders: above 0 the customer is moving online.

    Missing without an online order.
    """
    bought = placed(orders)
    return trend(orders, days, bought & orders.channel.isin(online)) - trend(orders, days, bought)


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


@feature(table="orders", windows=("365d",), unit="orders", empty=0, per="channel")
def channel_orders(orders: ir.Table, value: str) -> ir.Value:
    """Orders through {channel}. No orders means 0."""
    return orders.count(where=placed(orders) & (orders.channel == value))


@feature(table="visited_stores", unit="share", needs=("store_id",))
def top_store_share(visited_stores: ir.Table) -> ir.Value:
    """Share of the past 365 days' orders that went to the favourite store. Missing without an order in a store."""
    return ratio(visited_stores.bought.max(), visited_stores.bought.sum())
