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
        once = running.keep(_by_order(bought(shop, cutoff, running), cutoff))
        sums = _by_product(_by_customer(once)).cross_join(_totals(once))
        found = running.arrow(_with_category(shop, _shares(sums), running).order_by("product_id"))
        running.drop(once)
        return found


def order_counts(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Orders with lines of each customer, as known at the cutoff: customer_id, orders; sorted."""
    with opened(engine) as running:
        lines = bought(shop, cutoff, running)
        rows = lines.group_by("customer_id").aggregate(orders=lines.order_id.nunique())
        return running.arrow(rows.order_by("customer_id"))


def _by_order(lines: ir.Table, cutoff: datetime) -> ir.Table:
    """One row a customer, product and order: its age in days, money and units."""
    age = (ibis.literal(cutoff, "timestamp(6)").epoch_seconds() - lines.happened_at.epoch_seconds()) / 86400.0
    aged = lines.mutate(age=age)
    return aged.group_by("customer_id", "product_id", "order_id").aggregate(
        age=aged.age.min(), amount=aged.amount.cast("float64").sum(), quantity=aged.quantity.sum()
    )


def _by_customer(once: ir.Table) -> ir.Table:
    """One row a customer and product: how often, when first and last, and how often lately."""
    return once.group_by("customer_id", "product_id").aggregate(
        times=once.count(),
        newest=once.age.min(),
        oldest=once.age.max(),
        week=(once.age <= WEEK_DAYS).cast("int64").sum(),
        recent=(once.age <= RECENT_DAYS).cast("int64").sum(),
        season=(once.age <= SEASON_DAYS).cast("int64").sum(),
        amount=once.amount.sum(),
        quantity=once.quantity.sum(),
    )


def _by_product(pairs: ir.Table) -> ir.Table:
    """One row a product: sums over its buyers."""
    knew = pairs.oldest > RECENT_DAYS
    return pairs.group_by("product_id").aggregate(
        week=pairs.week.sum().cast("float64"),
        recent=pairs.recent.sum().cast("float64"),
        season=pairs.season.sum().cast("float64"),
        buyers=pairs.count().cast("float64"),
        repeaters=(pairs.times > 1).cast("float64").sum(),
        knew=knew.cast("float64").sum(),
        returned=(knew & (pairs.newest <= RECENT_DAYS)).cast("float64").sum(),
        span=(pairs.oldest - pairs.newest).sum(),
        again=(pairs.times - 1).sum().cast("float64"),
        amount=pairs.amount.sum(),
        quantity=pairs.quantity.sum(),
    )


def _shares(sums: ir.Table) -> ir.Table:
    """The columns that `assortment` promises, out of sums."""
    nothing = ibis.null("float64")
    return sums.select(
        "product_id",
        popularity_7d=sums.week / ibis.greatest(sums.all_week, 1.0),
        popularity_28d=sums.recent / ibis.greatest(sums.all_recent, 1.0),
        popularity_90d=sums.season / ibis.greatest(sums.all_season, 1.0),
        reach=sums.buyers / ibis.greatest(sums.all_customers, 1.0),
        repeat_share=sums.repeaters / (sums.buyers + _FEW),
        returning=sums.returned / (sums.knew + _FEW),
        usual_gap=(sums.again > 0.0).ifelse(sums.span / ibis.greatest(sums.again, 1.0), nothing),
        price=(sums.quantity > 0.0).ifelse(sums.amount / sums.quantity, nothing),
    )


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
