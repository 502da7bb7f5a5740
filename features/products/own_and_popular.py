"""What a customer might be offered, as known at a cutoff: own products, what sells in each store, what is not there."""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.clocks import add_days
from features.engine import Engine, opened
from features.known import known_before
from features.shop import Shop

DECAY_DAYS = 90
POPULAR_DAYS = 28
OWN = 400  # products a customer, so that hardly a repeat is taken for a discovery
POPULAR = 200  # candidates a store


def own_products(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Products a customer bought, by how often; a purchase counts exp(−age / 90 days).

    Returns
    -------
    pa.Table        customer_id, product_id, times (orders with it), days (since the last), first (days since the
                    first), weight, best first by customer; at most 400 a customer
    """
    with opened(engine) as running:
        lines = bought(shop, cutoff, running)
        age = (ibis.literal(cutoff, "timestamp(6)").epoch_seconds() - lines.happened_at.epoch_seconds()) / 86400.0
        orders = lines.mutate(age=age).group_by("customer_id", "product_id", "order_id")
        once = orders.aggregate(age=lambda t: t.age.min())
        weighed = once.mutate(weight=(-once.age / float(DECAY_DAYS)).exp()).group_by("customer_id", "product_id")
        scored = weighed.aggregate(
            times=lambda t: t.count(),
            days=lambda t: t.age.min().floor().cast("int64"),
            first=lambda t: t.age.max().floor().cast("int64"),
            weight=lambda t: t.weight.sum(),
        )
        # Sums in floating point may differ in the last digit from run to run; the order of products must not.
        scored = scored.mutate(weight=scored.weight.round(9))
        best = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("weight"), "product_id"])
        ranked = scored.mutate(place=best).filter(ibis._.place < OWN).order_by("customer_id", "place")
        return running.arrow(ranked.select("customer_id", "product_id", "times", "days", "first", "weight"))


def popular_products(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """What most orders of the last 28 days held, in each store and (store_id null) in all together.

    Returns
    -------
    pa.Table        store_id, product_id, best first by store; at most 200 a store
    """
    with opened(engine) as running:
        start = ibis.literal(cutoff, "timestamp(6)") - ibis.interval(days=POPULAR_DAYS)
        lines = bought(shop, cutoff, running).filter(ibis._.happened_at >= start)
        lines = running.keep(lines.select("store_id", "product_id", "order_id").distinct())
        parts = [_most(lines.mutate(store_id=ibis.null("string")))]
        if "store_id" in shop.present["orders"]:
            parts.append(_most(lines.filter(lines.store_id.notnull())))
        ranked = ibis.union(*parts) if len(parts) > 1 else parts[0]
        found = running.arrow(ranked.order_by("store_id", "place").select("store_id", "product_id"))
        running.drop(lines)
        return found


def missing_products(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """What cannot be had: out of stock in a store; (store_id null) in every store that reports, or no longer sold.

    Returns
    -------
    pa.Table        store_id, product_id; sorted
    """
    with opened(engine) as running:
        parts = [part for part in (_out_of_stock(shop, cutoff, running), _not_sold(shop, cutoff, running))
                 if part is not None]  # fmt: skip
        if not parts:
            return pa.table({name: pa.array([], pa.string()) for name in ("store_id", "product_id")})
        rows = (ibis.union(*parts) if len(parts) > 1 else parts[0]).distinct()
        return running.arrow(rows.order_by("store_id", "product_id"))


def stocked_products(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """What each store has, as last reported: store_id, product_id; sorted. Empty where nobody reports stock."""
    if not shop.has("stock"):
        return pa.table({name: pa.array([], pa.string()) for name in ("store_id", "product_id")})
    with opened(engine) as running:
        levels = _levels(shop, cutoff, running)
        rows = levels.filter(levels.quantity > 0.0).select("store_id", "product_id")
        return running.arrow(rows.order_by("store_id", "product_id"))


def last_stores(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """The store of each customer's newest order that names one.

    Returns
    -------
    pa.Table        customer_id, store_id; sorted
    """
    with opened(engine) as running:
        orders = _shown(shop, "orders", cutoff, running)
        orders = orders.filter(orders.kind == "order", orders.customer_id.notnull(), orders.store_id.notnull())
        newest = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("happened_at"), "order_id"])
        rows = orders.mutate(place=newest).filter(ibis._.place == 0)
        return running.arrow(rows.select("customer_id", "store_id").order_by("customer_id"))


def bought_next(
    shop: Shop, cutoff: datetime, horizon_days: int, until: datetime, *, engine: Engine | None = None
) -> pa.Table:
    """What was bought in [cutoff, cutoff + horizon), as known before `until`: the outcome of a recommendation.

    Returns
    -------
    pa.Table        customer_id, product_id; distinct, sorted
    """
    with opened(engine) as running:
        lines = sold(_shown(shop, "order_lines", until, running))
        start, end = (ibis.literal(moment, "timestamp(6)") for moment in (cutoff, add_days(cutoff, horizon_days)))
        lines = lines.filter(lines.happened_at >= start, lines.happened_at < end)
        rows = lines.select("customer_id", "product_id").distinct()
        return running.arrow(rows.order_by("customer_id", "product_id"))


def bought(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table:
    """Lines bought by known customers, as known at the cutoff."""
    return sold(_shown(shop, "order_lines", cutoff, engine))


def sold(lines: ir.Table) -> ir.Table:
    """Lines of orders of known customers; no returns, nothing of quantity 0."""
    return lines.filter(lines.kind == "order", lines.customer_id.notnull(), lines.quantity > 0.0)


def _most(lines: ir.Table) -> ir.Table:
    """The most frequent products of each store, with their place."""
    counted = lines.group_by("store_id", "product_id").aggregate(times=lambda t: t.order_id.nunique())
    best = ibis.row_number().over(group_by="store_id", order_by=[ibis.desc("times"), "product_id"])
    return counted.mutate(place=best).filter(ibis._.place < POPULAR).select("store_id", "product_id", "place")


def _out_of_stock(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    if not shop.has("stock"):
        return None
    levels = _levels(shop, cutoff, engine)
    nowhere = levels.group_by("product_id").having(levels.quantity.max() <= 0.0).aggregate(n=levels.count())
    empty = levels.filter(levels.quantity <= 0.0).select("store_id", "product_id")
    return empty.union(nowhere.select(store_id=ibis.null("string"), product_id=nowhere.product_id))


def _levels(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table:
    """The latest known level of each product in each store."""
    rows = _shown(shop, "stock", cutoff, engine)
    newest = ibis.row_number().over(
        group_by=["store_id", "product_id"], order_by=[ibis.desc("happened_at"), ibis.desc("known_at")]
    )
    return rows.mutate(place=newest).filter(ibis._.place == 0)


def _not_sold(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    if not shop.has("products"):
        return None
    products, now = engine.read(shop.path("products")), ibis.literal(cutoff, "timestamp(6)")
    gone = products.filter((products.available_until < now) | (products.available_from >= now))
    return gone.select(store_id=ibis.null("string"), product_id=gone.product_id)


def _shown(shop: Shop, table: str, cutoff: datetime, engine: Engine) -> ir.Table:
    return known_before(engine.read(shop.path(table)), cutoff)
