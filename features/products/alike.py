"""What speaks for a product by the purchases of others: products alike, neighbours, a linear model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from features.products.linear import item_weights
from features.products.neighbours import RECENT_DAYS, Neighbours, neighbours, tastes_of
from features.products.sparse_rows import Places, coded, cosine, keys, place_within, strongest

STRENGTHS = ("kindred", "neighbours", "linear")
LISTED = 20  # products new to a customer that each of them puts forward
OWN = 40  # own products that it is told of
_COMPANIONS = 30  # products alike, of each product
_TELLING = 30  # own products that tell which products alike to look at
_SHARED = 100  # own products that tell which products the same people buy
_SAMPLE = 20_000  # customers who tell it
_CHUNK = 2_048  # customers at a time


@dataclass(frozen=True)
class _Learnt:
    """Own purchases as matrices (customers, products), and what was learnt from all of them.

    `weights` fade over 90 days; entry i of `place` is the place of its entry i among the customer's products.
    """

    weights: sparse.csr_array
    place: Places
    tastes: sparse.csr_array
    near: Neighbours
    kindred: sparse.csr_array
    linear: sparse.csr_array


def alike(own: pa.Table) -> pa.Table:
    """What others' purchases say of products that a customer never bought, and of the first forty own ones.

    Parameters
    ----------
    own : pa.Table      as `own_products` gives it

    Returns
    -------
    pa.Table        customer_id, product_id, sorted by both, and float32 columns, 0 where a way says nothing:
                    kindred       own weights × cosine of products over customers, ÷ the sum of own weights
                    neighbours    share of the hundred nearest customers, by likeness, that bought it within 28 days
                    linear        √ own weights × weights of the linear model
                    Each puts forward twenty new products of each customer; all three are told of all of them.
    """
    (who, customers), (item, names) = coded(own["customer_id"]), coded(own["product_id"])
    if not len(who):
        empty = {name: pa.array([], pa.string()) for name in ("customer_id", "product_id")}
        return pa.table({**empty, **{name: pa.array([], pa.float32()) for name in STRENGTHS}})
    learnt = _learnt(own, who, item, (len(customers), len(names)))
    parts = list(_told(learnt))
    row, column = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    strengths = np.concatenate([part[2] for part in parts])
    told = {name: pa.array(strengths[:, i]) for i, name in enumerate(STRENGTHS)}
    return pa.table({"customer_id": customers.take(row), "product_id": names.take(column), **told})


def _learnt(own: pa.Table, who: Places, item: Places, shape: tuple[int, int]) -> _Learnt:
    order = np.lexsort((item, who))  # the order in which a sparse matrix keeps its entries
    place = place_within(who)[order]
    values = np.asarray(own["weight"], dtype=np.float32)[order]
    recent = np.asarray(own["days"])[order] < RECENT_DAYS
    starts = np.searchsorted(who[order], np.arange(shape[0] + 1))
    weights = sparse.csr_array((values, item[order], starts), shape=shape)
    has = sparse.csr_array((np.ones(len(values), dtype=np.float32), weights.indices, weights.indptr), shape=shape)
    tastes = tastes_of(weights, place)
    near = strongest(cosine(_shared(has, place), 10.0), _COMPANIONS)
    return _Learnt(
        weights=weights,
        place=place,
        tastes=tastes,
        near=neighbours(tastes, weights, recent),
        kindred=sparse.csr_array((near[2].astype(np.float32), (near[0], near[1])), shape=(shape[1], shape[1])),
        linear=item_weights(has),
    )


def _shared(has: sparse.csr_array, place: Places) -> sparse.csr_array:
    """The first hundred products of a sample of customers."""
    kept = sparse.csr_array(has, copy=True)
    kept.data = np.where(place < _SHARED, kept.data, np.float32(0))
    kept = sparse.csr_array(kept[:: max(1, has.shape[0] // _SAMPLE)])
    kept.eliminate_zeros()
    return kept


def _told(learnt: _Learnt) -> Iterator[tuple[Places, Places, NDArray[np.float32]]]:
    """Customer, product and the three strengths, some customers at a time."""
    for start in range(0, learnt.weights.shape[0], _CHUNK):
        weights = sparse.csr_array(learnt.weights[start : start + _CHUNK])
        place = learnt.place[learnt.weights.indptr[start] :][: weights.nnz]
        ways = _ways(learnt, weights, place, start)
        found = [_chosen(row, weights, place, ways) for row in range(weights.shape[0])]
        row = np.repeat(np.arange(len(found)), [len(one) for one in found])
        column = np.concatenate(found)
        yield row + start, column, np.stack([_at(one, keys(row, column, one.shape[1])) for one in ways], axis=1)


def _ways(learnt: _Learnt, weights: sparse.csr_array, place: Places, start: int) -> tuple[sparse.csr_array, ...]:
    """What each way says of products, float32 (some customers, products), by row and column."""
    telling = weights.copy()
    telling.data = np.where(place < _TELLING, weights.data, np.float32(0))
    telling.eliminate_zeros()
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = sparse.diags_array((1 / np.maximum(total, 1e-9)).astype(np.float32))
    found = (
        scale @ telling @ learnt.kindred,
        learnt.near.bought(sparse.csr_array(learnt.tastes[start : start + weights.shape[0]]), start),
        weights.sqrt() @ learnt.linear,
    )
    for one in found:
        one.sort_indices()
        # Rounded, so that the last digit of a sum cannot change which product comes first.
        one.data = np.round(one.data, 7)
    return found


def _chosen(row: int, weights: sparse.csr_array, place: Places, ways: tuple[sparse.csr_array, ...]) -> Places:
    """The first own products of a customer and what each way puts forward most, ascending."""
    entries = slice(*weights.indptr[row : row + 2])
    own = weights.indices[entries]
    new = [_strongest_new(way, row, own) for way in ways]
    chosen: Places = np.unique(np.concatenate([own[place[entries] < OWN], *new])).astype(np.int64)
    return chosen


def _strongest_new(way: sparse.csr_array, row: int, own: Places) -> Places:
    """What a way puts forward most, none of it bought before; nothing that it speaks against."""
    entries = slice(*way.indptr[row : row + 2])
    items, value = way.indices[entries], way.data[entries]
    open_ = value > 0
    open_[np.searchsorted(items, own[np.isin(own, items, assume_unique=True)])] = False
    items, value = items[open_], value[open_]
    if len(items) > LISTED:
        least = np.partition(value, -LISTED)[-LISTED]
        above = items[value > least]
        items = np.concatenate([above, items[value == least][: LISTED - len(above)]])  # of equals the first
    found: Places = items
    return found


def _at(way: sparse.csr_array, found: Places) -> NDArray[np.float32]:
    """A way's values at some keys, 0 where it says nothing."""
    rows = np.repeat(np.arange(way.shape[0]), np.diff(way.indptr))
    told = keys(rows, way.indices, way.shape[1])
    if not len(told):
        return np.zeros(len(found), dtype=np.float32)
    place = np.minimum(np.searchsorted(told, found), len(told) - 1)
    return np.where(told[place] == found, way.data[place], 0).astype(np.float32)
