"""Candidate tables of a cutoff as the ranking reads them: the same in training, in the nightly run and in a call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.engine import Engine
from features.products.alike import STRENGTHS, alike
from features.products.co_purchase import companions, popular_in_segments, segments
from features.products.own_and_popular import missing_products, own_products, popular_products
from features.products.product_stats import assortment, order_counts
from features.shop import Shop
from scoring.products.candidates import GOODS, Alike, Candidates, Links, Personal, Ragged, ragged

_MOST = np.iinfo(np.uint16).max
_SELDOM = 1e-5  # share of orders by which a trend is shrunk to 0


def candidates_at(
    shop: Shop, cutoff: datetime, customer_ids: pa.Array, stores: Sequence[str], *, engine: Engine
) -> Candidates:
    """Everything a recommendation looks at, as known at the cutoff; rows in the order of `customer_ids`."""
    own = own_products(shop, cutoff, engine=engine)
    popular = popular_products(shop, cutoff, engine=engine)
    missing = missing_products(shop, cutoff, engine=engine)
    goods = assortment(shop, cutoff, engine=engine)
    orders = order_counts(shop, cutoff, engine=engine)
    beside = companions(shop, cutoff, engine=engine)
    others = alike(own)
    of = segments(own, goods.select(["product_id", "category"]))
    favoured = popular_in_segments(own, of)
    told = [table["product_id"].combine_chunks() for table in (goods, missing)]
    products = pc.unique(pa.concat_arrays(told)).sort()
    names = pc.unique(of["segment"]).sort()
    groups = pc.unique(goods["category"].drop_null()).sort()
    return Candidates(
        products=tuple(products.to_pylist()),
        personal=_personal(own, customer_ids, products),
        alike=_alike(others, customer_ids, products),
        companions=_links(beside, "product_id", products, "companion_id", products),
        popular=_lists(popular, "store_id", stores, products),
        in_segment=_lists(favoured, "segment", names.to_pylist(), products),
        missing=_lists(missing, "store_id", stores, products),
        goods=_goods(goods, products),
        groups=_aligned(goods, "category", groups, products).astype(np.int32),
        segments=_at(of, "customer_id", customer_ids, places(of["segment"], names)[0], -1).astype(np.int16),
        orders=_at(orders, "customer_id", customer_ids, np.asarray(orders["orders"]), 0)
        .clip(0, _MOST)
        .astype(np.uint16),
    )


def places(values: pa.ChunkedArray, among: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The place of each value in `among`, and whether it has one (the place is 0 where not)."""
    found = pc.index_in(values, among)
    return pc.fill_null(found, 0).to_numpy().astype(np.int64), np.asarray(pc.is_valid(found))


def _personal(own: pa.Table, customer_ids: pa.Array, products: pa.Array) -> Personal:
    """Own products in the order of the customers; `own` is best first within a customer."""
    offsets, order = _grouped(own["customer_id"], customer_ids)
    columns = {
        name: np.asarray(own[name])[order].clip(0, _MOST).astype(np.uint16) for name in ("times", "days", "first")
    }
    return Personal(
        offsets=offsets,
        items=places(own["product_id"], products)[0][order].astype(np.int32),
        weight=np.asarray(own["weight"])[order].astype(np.float32),
        **columns,
    )


def _alike(told: pa.Table, customer_ids: pa.Array, products: pa.Array) -> Alike:
    offsets, order = _grouped(told["customer_id"], customer_ids)
    return Alike(
        offsets=offsets,
        items=places(told["product_id"], products)[0][order].astype(np.int32),
        **{name: np.asarray(told[name])[order] for name in STRENGTHS},
    )


def _links(table: pa.Table, of: str, rows: pa.Array, to: str, products: pa.Array) -> Links:
    offsets, order = _grouped(table[of], rows)
    return Links(
        offsets=offsets,
        items=places(table[to], products)[0][order].astype(np.int32),
        strength=np.asarray(table["strength"])[order].astype(np.float32),
    )


def _grouped(values: pa.ChunkedArray, among: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets of each of `among`, and the table's rows in that order; rows of others are left out."""
    at, known = places(values, among)
    rows = np.flatnonzero(known)
    order = rows[np.argsort(at[rows], kind="stable")]
    counts = np.bincount(at[rows], minlength=len(among))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), order


def _lists(table: pa.Table, of: str, names: Sequence[Any], products: pa.Array) -> Ragged:
    """A list for each name, and a last one for null."""
    lists: dict[Any, list[int]] = {name: [] for name in (*names, None)}
    items = places(table["product_id"], products)[0].tolist()
    for name, item in zip(table[of].to_pylist(), items, strict=True):
        if name in lists:
            lists[name].append(item)
    return ragged([lists[name] for name in (*names, None)])


def _goods(goods: pa.Table, products: pa.Array) -> NDArray[np.float32]:
    """The columns GOODS, a row a product; NaN where a product was never sold or a figure is unknown."""
    told = {name: np.asarray(goods[name].cast(pa.float64()).fill_null(np.nan)) for name in goods.column_names
            if name not in ("product_id", "category")}  # fmt: skip
    told["trend"] = (told["popularity_28d"] + _SELDOM) / (told["popularity_90d"] + _SELDOM)
    group = pc.fill_null(pc.index_in(goods["category"], pc.unique(goods["category"])), 0).to_numpy().astype(np.int64)
    sold = np.bincount(group, told["popularity_28d"])[group] if len(group) else np.zeros(0)
    told["category_share"] = np.where(sold > 0, told["popularity_28d"] / np.maximum(sold, 1e-12), 0.0)
    matrix = np.full((len(products), len(GOODS)), np.nan, dtype=np.float32)
    rows = places(goods["product_id"], products)[0]
    for i, name in enumerate(GOODS):
        matrix[rows, i] = told[name]
    return matrix


def _aligned(table: pa.Table, column: str, names: pa.Array, products: pa.Array) -> NDArray[np.int64]:
    at, known = places(table[column], names)
    return _at(table, "product_id", products, np.where(known, at, -1), -1)


def _at(table: pa.Table, of: str, among: pa.Array, values: NDArray[Any], empty: int) -> NDArray[np.int64]:
    """A value for each of `among`, `empty` where the table has none."""
    found = np.full(len(among), empty, dtype=np.int64)
    at, known = places(table[of], among)
    found[at[known]] = values[known]
    return found
