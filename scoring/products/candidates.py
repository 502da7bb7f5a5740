"""What may be recommended to whom, as tables: of some customers, or of all. The snapshot keeps them on disk.

Products are told by their place in the sorted list of ids, customers by their row.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GOODS = (
    *("popularity_28d", "trend", "reach", "repeat_share", "usual_gap", "price", "category_share"),
    *("popularity_7d", "returning"),
)


@dataclass(frozen=True)
class Personal:
    """Own products of customers, best first: those of row r are [offsets[r], offsets[r + 1]).

    Attributes
    ----------
    offsets : int64 (n + 1)
    times : orders with the product; 65,535 is that many or more, as for the days
    days, first : days since the last and the first purchase
    weight : orders, each counting exp(−age / 90 days)
    """

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    times: NDArray[np.uint16]
    days: NDArray[np.uint16]
    first: NDArray[np.uint16]
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Ragged:
    """One list of product indices for each store or segment, and a last one for what has none."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]

    def of(self, place: int) -> NDArray[np.int32]:
        """The list of a place; −1 is the last one."""
        at = place if place >= 0 else len(self.offsets) - 2
        return self.items[self.offsets[at] : self.offsets[at + 1]]


@dataclass(frozen=True)
class Links:
    """Products with a strength, strongest first, one list a row or product."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    strength: NDArray[np.float32]


@dataclass(frozen=True)
class Alike:
    """What others' purchases say of products, one list a customer: new products and the first own ones.

    Attributes
    ----------
    kindred : how much customers with the same products buy it
    neighbours : share of the nearest customers who lately bought it
    linear : score of a linear model of what is bought together; 0 wherever a way says nothing
    """

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    kindred: NDArray[np.float32]
    neighbours: NDArray[np.float32]
    linear: NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """Everything a recommendation looks at.

    Attributes
    ----------
    products : ids, sorted
    personal : by customer, what was bought
    alike : by customer, what the purchases of others say
    companions : by product, what is bought in the same baskets
    popular : by store, last of all overall; most popular first
    in_segment : by segment of customers, last of all an empty list
    missing : products not in stock by store, last of all in none
    goods : float32 (products, GOODS)
    groups : int32 (products), a product's category, −1 where unknown
    segments, orders : by customer, the segment (−1 none) and orders so far
    """

    products: tuple[str, ...]
    personal: Personal
    alike: Alike
    companions: Links
    popular: Ragged
    in_segment: Ragged
    missing: Ragged
    goods: NDArray[np.float32]
    groups: NDArray[np.int32]
    segments: NDArray[np.int16]
    orders: NDArray[np.uint16]

    def nowhere(self) -> NDArray[np.bool_]:
        """Products that no store has, or that are not sold now."""
        mask = np.zeros(len(self.products), dtype=bool)
        mask[self.missing.of(-1)] = True
        return mask

    def by_popularity(self) -> NDArray[np.int32]:
        """All products, most popular first: what fills a list when everything else is used up."""
        listed = self.popular.of(-1)
        rest = np.argsort(-np.nan_to_num(self.goods[:, 0]), kind="stable").astype(np.int32)
        return np.concatenate([listed, rest[~np.isin(rest, listed)]])

    def places(self, product_ids: Iterable[str]) -> list[int]:
        """Where known ids stand among the products; unknown ones are left out."""
        found = ((bisect_left(self.products, one), one) for one in product_ids)
        return [at for at, one in found if at < len(self.products) and self.products[at] == one]


def plain(products: Sequence[str], personal: Personal, popular: Ragged, missing: Ragged) -> Candidates:
    """Candidates that know own, popular and missing products alone."""
    rows, count = len(personal.offsets) - 1, len(products)
    return Candidates(
        products=tuple(products),
        personal=personal,
        alike=nothing_alike(rows),
        companions=no_links(count),
        popular=popular,
        in_segment=ragged([[]]),
        missing=missing,
        goods=np.full((count, len(GOODS)), np.nan, dtype=np.float32),
        groups=np.full(count, -1, dtype=np.int32),
        segments=np.full(rows, -1, dtype=np.int16),
        orders=np.zeros(rows, dtype=np.uint16),
    )


def no_links(rows: int) -> Links:
    """An empty list for each of so many rows."""
    return Links(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))


def nothing_alike(rows: int) -> Alike:
    """An empty list for each of so many rows."""
    nothing = np.zeros(0, np.float32)
    return Alike(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32), nothing, nothing, nothing)


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    """Lists of product indices as arrays; the last one is for what has no store or segment."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    flat = [item for one in lists for item in one]
    return Ragged(offsets, np.array(flat, dtype=np.int32))
