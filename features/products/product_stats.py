"""Products as a whole shop buys them: how popular each is, how often it comes again, what it costs."""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.engine import Engine, opened
from features.products.own_and_popular import bought
from features.shop import Shop

WEEK_DAYS, RECENT_DAYS, SEASON_DAYS = 7, 28, 90
_FEW = 5.0  # buyers without a repeat that are added, so that a share of few buyers says little


def assortment(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Every product that was ever bought, as known at the cutoff.

    Returns
    -------
    pa.Table        product_id, category (null where unknown) and float64 columns, sorted by product_id:
                    popularity_7d, popularity_28d, popularity_90d   share of that time's orders that held it
                    reach            share of all customers who ever bought it
                    repeat_share     share of its buyers who bought it again, shrunk to 0 by five buyers without
                    returning        share of its buyers until 28 days ago who bought it since, shrunk likewise
                    usual_gap        mean days between two purchases of one customer; null where nobody came again
                    price            money a unit; null where lines state no amount
    """
    with opened(engine) as running:
        lines = bought(shop, cutoff, running)
        age = (ibis.literal(cutoff, "timestamp(6)").epoch_seconds() - lines.happened_at.epoch_seconds()) / 86400.0
        once = lines.mutate(age=age).group_by("customer_id", "product_id", "order_id").aggregate(
            age=lambda t: t.age.min(),
            amount=lambda t: t.amount.cast("float64").sum(),
            quantity=lambda t: t.quantity.sum(),
        )  # fmt: skip
        once = running.keep(once)
        by_customer = once.group_by("customer_id", "product_id").aggregate(
            times=lambda t: t.count(),
            newest=lambda t: t.age.min(),
            oldest=lambda t: t.age.max(),
            week=lambda t: (t.age <= WEEK_DAYS).cast("int64").sum(),
            recent=lambda t: (t.age <= RECENT_DAYS).cast("int64").sum(),
            season=lambda t: (t.age <= SEASON_DAYS).cast("int64").sum(),
            amount=lambda t: t.amount.sum(),
            quantity=lambda t: t.quantity.sum(),
        )
        found = by_customer.group_by("product_id").aggregate(
            week=lambda t: t.week.sum().cast("float64"),
            recent=lambda t: t.recent.sum().cast("float64"),
            season=lambda t: t.season.sum().cast("float64"),
            buyers=lambda t: t.count().cast("float64"),
            repeaters=lambda t: (t.times > 1).cast("float64").sum(),
            knew=lambda t: (t.oldest > RECENT_DAYS).cast("float64").sum(),
            returned=lambda t: ((t.oldest > RECENT_DAYS) & (t.newest <= RECENT_DAYS)).cast("float64").sum(),
            span=lambda t: (t.oldest - t.newest).sum(),
            again=lambda t: (t.times - 1).sum().cast("float64"),
            amount=lambda t: t.amount.sum(),
            quantity=lambda t: t.quantity.sum(),
        )
        found = found.cross_join(_totals(once))
        shown = found.select(
            "product_id",
            popularity_7d=found.week / ibis.greatest(found.all_week, 1.0),
            popularity_28d=found.recent / ibis.greatest(found.all_recent, 1.0),
            popularity_90d=found.season / ibis.greatest(found.all_season, 1.0),
            reach=found.buyers / ibis.greatest(found.all_customers, 1.0),
            repeat_share=found.repeaters / (found.buyers + _FEW),
            returning=found.returned / (found.knew + _FEW),
            usual_gap=(found.again > 0.0).ifelse(found.span / ibis.greatest(found.again, 1.0), ibis.null("float64")),
            price=(found.quantity > 0.0).ifelse(found.amount / found.quantity, ibis.null("float64")),
        )
        return running.arrow(_with_category(shop, shown, running).order_by("product_id"))


def order_counts(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Orders with lines of each customer, as known at the cutoff: customer_id, orders; sorted."""
    with opened(engine) as running:
        lines = bought(shop, cutoff, running)
        rows = lines.group_by("customer_id").aggregate(orders=lines.order_id.nunique())
        return running.arrow(rows.order_by("customer_id"))


def _totals(once: ir.Table) -> ir.Table:
    """One row: orders of the last 7, 28 and 90 days, and customers ever."""
    return once.aggregate(
        all_week=once.order_id.nunique(where=once.age <= WEEK_DAYS).cast("float64"),
        all_recent=once.order_id.nunique(where=once.age <= RECENT_DAYS).cast("float64"),
        all_season=once.order_id.nunique(where=once.age <= SEASON_DAYS).cast("float64"),
        all_customers=once.customer_id.nunique().cast("float64"),
    )


def _with_category(shop: Shop, rows: ir.Table, engine: Engine) -> ir.Table:
    if "category" not in shop.present.get("products", frozenset()):
        return rows.mutate(category=ibis.null("string"))
    products = engine.read(shop.path("products")).select("product_id", "category")
    return rows.left_join(products, "product_id").select(*rows.columns, "category")
