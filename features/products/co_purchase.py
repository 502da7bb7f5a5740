"""Which products go together: bought in one basket, or by a segment of customers."""

from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from features.engine import Engine, opened
from features.products.own_and_popular import bought
from features.products.sparse_rows import coded, cosine, keys, place_within, strongest
from features.shop import Shop

BASKET_DAYS = 180
COMPANIONS = 20  # a product
SEGMENT_ITEMS = 40  # products a segment
_BASKETS = 200_000  # newest ones; what they tell of pairs does not grow with more
_LARGEST_BASKET = 60  # lines; a stock-up says nothing of what goes together
_RECENT = 28  # days in which a segment's products were bought
_PRIOR = 5.0  # purchases by which a customer's categories are shrunk to the shop's


def companions(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Products found in the same baskets of the last 180 days, as known at the cutoff.

    Returns
    -------
    pa.Table        product_id, companion_id, strength (cosine over baskets, shrunk to 0 by 20), strongest first by
                    product; at most 20 a product
    """
    with opened(engine) as running:
        start = ibis.literal(cutoff, "timestamp(6)") - ibis.interval(days=BASKET_DAYS)
        lines = bought(shop, cutoff, running).filter(ibis._.happened_at >= start)
        lines = lines.group_by("order_id", "product_id").aggregate(at=lambda t: t.happened_at.max())
        sized = lines.mutate(size=lines.count().over(group_by="order_id"))
        sized = sized.filter(sized.size > 1, sized.size <= _LARGEST_BASKET)
        newest = ibis.dense_rank().over(order_by=[ibis.desc("at"), "order_id"])
        kept = sized.mutate(place=newest).filter(ibis._.place < _BASKETS)
        rows = running.arrow(kept.select("order_id", "product_id").order_by("order_id", "product_id"))
    (basket, baskets), (item, names) = coded(rows["order_id"]), coded(rows["product_id"])
    ones = np.ones(len(basket), dtype=np.float32)
    held = sparse.csr_array((ones, (basket, item)), shape=(len(baskets), len(names)))
    found = strongest(cosine(held, 20.0), COMPANIONS)
    return pa.table(
        {"product_id": names.take(found[0]), "companion_id": names.take(found[1]), "strength": found[2]},
    )


def segments(own: pa.Table, categories: pa.Table) -> pa.Table:
    """The category that a customer buys more of than others do: what a customer's segment is named after.

    Parameters
    ----------
    own : as `own_products` gives it
    categories : product_id, category (null where unknown)

    Returns
    -------
    pa.Table        customer_id, segment; only customers with a known category
    """
    known = categories.filter(pc.is_valid(categories["category"]))
    at = pc.index_in(own["product_id"], known["product_id"].combine_chunks())
    own = own.append_column("category", known["category"].take(at))
    own = own.filter(pc.is_valid(own["category"]))
    (who, customers), (kind, names) = coded(own["customer_id"]), coded(own["category"])
    if not len(who):
        return pa.table({"customer_id": pa.array([], pa.string()), "segment": pa.array([], pa.string())})
    weight = np.asarray(own["weight"], dtype=np.float64)
    shop = np.bincount(kind, weight, len(names)) / weight.sum()
    pair, bought_weight = np.unique(keys(who, kind, len(names)), return_inverse=True)
    own_weight = np.bincount(bought_weight, weight)
    who, kind = pair // len(names), pair % len(names)
    total = np.bincount(who, own_weight, len(customers))[who]
    # Log-likelihood of the customer's share over the shop's: a rare category does not win by one purchase.
    share = (own_weight + _PRIOR * shop[kind]) / (total + _PRIOR)
    gain = share * np.log(share / np.maximum(shop[kind], 1e-12))
    best = np.lexsort((kind, -gain, who))
    first = best[place_within(who[best]) == 0]
    return pa.table({"customer_id": customers.take(who[first]), "segment": names.take(kind[first])})


def popular_in_segments(own: pa.Table, of: pa.Table) -> pa.Table:
    """What most customers of each segment bought within 28 days.

    Parameters
    ----------
    of : customer_id, segment

    Returns
    -------
    pa.Table        segment, product_id, most buyers first by segment; at most 40 a segment
    """
    own = own.filter(pc.less(own["days"], _RECENT))
    at = pc.index_in(own["customer_id"], of["customer_id"].combine_chunks())
    own = own.append_column("segment", of["segment"].take(at))
    own = own.filter(pc.is_valid(own["segment"]))
    (place, names), (item, products) = coded(own["segment"]), coded(own["product_id"])
    pair, buyers = np.unique(keys(place, item, max(len(products), 1)), return_counts=True)
    matrix = sparse.coo_array(
        (buyers.astype(np.float64), (pair // max(len(products), 1), pair % max(len(products), 1))),
        shape=(max(len(names), 1), max(len(products), 1)),
    )
    found = strongest(matrix, SEGMENT_ITEMS)
    return pa.table({"segment": names.take(found[0]), "product_id": products.take(found[1])})
