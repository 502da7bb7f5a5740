"""Which products go together: bought in one basket, bought by customers alike, bought by a segment of customers."""

from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from features.engine import Engine, opened
from features.products.own_and_popular import bought
from features.shop import Shop

BASKET_DAYS = 180
COMPANIONS = 20  # a product
KINDRED = 30  # products a customer
SEGMENT_ITEMS = 40  # products a segment
_BASKETS = 200_000  # newest ones; what they tell of pairs does not grow with more
_LARGEST_BASKET = 60  # lines; a stock-up says nothing of what goes together
_NEIGHBOURS = 20_000  # customers who tell what is bought by the same people
_OWN = 30  # own products that tell what a customer is like
_SHARED = 100  # own products that tell which products the same people buy
_FEWEST = 5  # baskets or customers, below which a product has no companions
_FEWEST_MEETINGS = 3  # baskets or customers that held both; what met less often met by chance
_CHUNK = 4_096  # customers at a time
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
    (basket, baskets), (item, names) = _coded(rows["order_id"]), _coded(rows["product_id"])
    ones = np.ones(len(basket), dtype=np.float32)
    held = sparse.csr_array((ones, (basket, item)), shape=(len(baskets), len(names)))
    found = _strongest(_cosine(held, 20.0), COMPANIONS)
    return pa.table(
        {"product_id": names.take(found[0]), "companion_id": names.take(found[1]), "strength": found[2]},
    )


def kindred(own: pa.Table) -> pa.Table:
    """What customers with the same products buy, and this one has not bought.

    Parameters
    ----------
    own : pa.Table      as `own_products` gives it

    Returns
    -------
    pa.Table        customer_id, product_id, strength (own weights × cosine over customers, ÷ the sum of own weights),
                    strongest first by customer; at most 30 a customer
    """
    (who, customers), (item, names) = _coded(own["customer_id"]), _coded(own["product_id"])
    if not len(who):
        empty = pa.array([], pa.string())
        return pa.table({"customer_id": empty, "product_id": empty, "strength": pa.array([], pa.float64())})
    shape = (len(customers), len(names))
    weight = np.asarray(own["weight"], dtype=np.float64)
    has = sparse.csr_array((np.ones(len(who), dtype=np.float32), (who, item)), shape=shape)
    place = _place_within(who)
    shared = (place < _SHARED) & (who % max(1, shape[0] // _NEIGHBOURS) == 0)
    sample = sparse.csr_array((np.ones(int(shared.sum()), dtype=np.float32), (who[shared], item[shared])), shape=shape)
    near = _strongest(_cosine(sample, 10.0), COMPANIONS)
    alike = sparse.csr_array((near[2], (near[0], near[1])), shape=(shape[1], shape[1]))
    telling = place < _OWN
    likes = sparse.csr_array((weight[telling], (who[telling], item[telling])), shape=shape)
    total = np.maximum(np.bincount(who, weight, shape[0]), 1e-9)
    parts = []
    for start in range(0, shape[0], _CHUNK):
        rows = slice(start, start + _CHUNK)
        reached = sparse.coo_array(likes[rows] @ alike)
        bought_at, bought_item = has[rows].nonzero()
        at, product = reached.coords
        new = ~np.isin(_keys(at, product, shape[1]), _keys(bought_at, bought_item, shape[1]))
        at, product = at[new], product[new]
        matrix = sparse.coo_array((reached.data[new], (at, product)), shape=reached.shape)
        found = _strongest(matrix, KINDRED)
        parts.append((found[0] + start, found[1], found[2] / total[found[0] + start]))
    at, product, strength = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pa.table({"customer_id": customers.take(at), "product_id": names.take(product), "strength": strength})


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
    (who, customers), (kind, names) = _coded(own["customer_id"]), _coded(own["category"])
    if not len(who):
        return pa.table({"customer_id": pa.array([], pa.string()), "segment": pa.array([], pa.string())})
    weight = np.asarray(own["weight"], dtype=np.float64)
    shop = np.bincount(kind, weight, len(names)) / weight.sum()
    pair, bought_weight = np.unique(_keys(who, kind, len(names)), return_inverse=True)
    own_weight = np.bincount(bought_weight, weight)
    who, kind = pair // len(names), pair % len(names)
    total = np.bincount(who, own_weight, len(customers))[who]
    # Log-likelihood of the customer's share over the shop's: a rare category does not win by one purchase.
    share = (own_weight + _PRIOR * shop[kind]) / (total + _PRIOR)
    gain = share * np.log(share / np.maximum(shop[kind], 1e-12))
    best = np.lexsort((kind, -gain, who))
    first = best[_place_within(who[best]) == 0]
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
    (place, names), (item, products) = _coded(own["segment"]), _coded(own["product_id"])
    pair, buyers = np.unique(_keys(place, item, max(len(products), 1)), return_counts=True)
    matrix = sparse.coo_array(
        (buyers.astype(np.float64), (pair // max(len(products), 1), pair % max(len(products), 1))),
        shape=(max(len(names), 1), max(len(products), 1)),
    )
    found = _strongest(matrix, SEGMENT_ITEMS)
    return pa.table({"segment": names.take(found[0]), "product_id": products.take(found[1])})


def _cosine(held: sparse.csr_array, prior: float) -> sparse.coo_array:
    """How often two columns are held together ÷ √(count + prior) of each; 0 for what met fewer than three times."""
    counts = np.asarray(held.sum(axis=0)).ravel()
    known = sparse.csr_array(held @ sparse.diags_array((counts >= _FEWEST).astype(np.float32)))
    known.eliminate_zeros()
    together = sparse.coo_array(known.T @ known)
    often = together.data >= _FEWEST_MEETINGS
    row, column, met = (one[often] for one in (*together.coords, together.data))
    apart = row != column
    row, column, met = row[apart], column[apart], met[apart]
    scale = 1 / np.sqrt(counts + prior)
    return sparse.coo_array((met * scale[row] * scale[column], (row, column)), shape=together.shape)


def _strongest(
    matrix: sparse.coo_array, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Row, column and value of each row's largest values, largest first; ties by column."""
    row, column = (np.asarray(one, dtype=np.int64) for one in matrix.coords)
    # Rounded, so that the last digit of a sum cannot change which product comes first.
    value = np.round(matrix.data, 9)
    order = np.lexsort((column, -value, row))
    kept = order[_place_within(row[order]) < count]
    return row[kept], column[kept], value[kept]


def _place_within(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each entry within its run of equal values: 0, 1, 2 …"""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if len(groups) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, sizes)


def _coded(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Values as places among their distinct ones, these sorted."""
    names = pc.unique(values).sort()
    return np.asarray(pc.index_in(values, names)).astype(np.int64), names


def _keys(first: NDArray[np.int64], second: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    return np.asarray(first, dtype=np.int64) * width + np.asarray(second, dtype=np.int64)
