"""What may be recommended to whom: the tables a nightly run lays beside its snapshot, read-only and memory-mapped.

In <snapshot>/recommend/, an array a file, products told by their place in the sorted list of ids:

    candidates.json                     products (ids), bytes of each array
    personal_offsets.npy                int64 (n + 1): own products of row r are [offsets[r], offsets[r + 1])
    personal_items/times/days/first/weight.npy   purchases, days since the last and first, decayed weight; best first
    kindred_offsets/items/strength.npy  by row: what similar customers buy and this one has not
    companions_offsets/items/strength.npy   by product: what is bought in the same baskets
    popular_offsets/items.npy           by store, last of all overall; most popular first
    in_segment_offsets/items.npy        by segment of customers, last of all an empty list
    missing_offsets/items.npy           products not in stock in each store, last of all in none
    goods.npy                           float32 (products, GOODS)
    groups.npy                          int32: a product's category, −1 where unknown
    segments.npy, orders.npy            by row: int16 segment (−1 none), uint16 orders so far
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import SnapshotError
from serving.verified import write_bytes

FOLDER = "recommend"
GOODS = ("popularity_28d", "trend", "reach", "repeat_share", "usual_gap", "price", "category_share")
_META = "candidates.json"


@dataclass(frozen=True)
class Personal:
    """Own products of all customers, best first; arrays as in the module's table."""

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
class Candidates:
    """Everything a recommendation looks at; see the module's table."""

    products: tuple[str, ...]
    personal: Personal
    kindred: Links
    companions: Links
    popular: Ragged
    in_segment: Ragged
    missing: Ragged
    goods: NDArray[np.float32]
    groups: NDArray[np.int32]
    segments: NDArray[np.int16]
    orders: NDArray[np.uint16]

    @cached_property
    def nowhere(self) -> NDArray[np.bool_]:
        """Products that no store has, or that are not sold now."""
        mask = np.zeros(len(self.products), dtype=bool)
        mask[self.missing.of(-1)] = True
        return mask

    @cached_property
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
        kindred=no_links(rows),
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


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    """Lists of product indices as arrays; the last one is for what has no store or segment."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    flat = [item for one in lists for item in one]
    return Ragged(offsets, np.array(flat, dtype=np.int32))


def write_candidates(snapshot: Path, candidates: Candidates) -> None:
    """Write the candidates into a snapshot's folder, before the pointer names it.

    Raises
    ------
    SnapshotError   if products are not sorted, an index is out of range or the lists do not fit together
    """
    arrays = _arrays(candidates)
    _check(candidates, arrays)
    folder = snapshot / FOLDER
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    sizes = {name: (folder / f"{name}.npy").stat().st_size for name in arrays}
    meta = {"products": list(candidates.products), "bytes": sizes}
    write_bytes(folder / _META, json.dumps(meta).encode())


def read_candidates(snapshot: Path, customers: int) -> Candidates | None:
    """The candidates of a snapshot; None when none were written (a shop without order lines)."""
    folder = snapshot / FOLDER
    if not (folder / _META).exists():
        return None
    try:
        meta = json.loads((folder / _META).read_bytes())
        arrays = {name: _mapped(folder / f"{name}.npy", size) for name, size in meta["bytes"].items()}
        parts = {one.name: _part(one.name, one.type, arrays) for one in fields(Candidates) if one.name != "products"}
        candidates = Candidates(tuple(meta["products"]), **parts)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SnapshotError(f"{folder} cannot be read ({error}).\nRun `perennial score` again.") from error
    if len(candidates.personal.offsets) != customers + 1:
        raise SnapshotError(f"{folder} was written for another snapshot.\nRun `perennial score` again.")
    return candidates


def blot_candidates(snapshot: Path, row: int) -> None:
    """Overwrite what a customer bought and what that tells, in place; the row itself stays."""
    folder = snapshot / FOLDER
    if not (folder / _META).exists():
        return
    for part, names in (
        ("personal", ("items", "times", "days", "first", "weight")),
        ("kindred", ("items", "strength")),
    ):
        offsets = np.load(folder / f"{part}_offsets.npy", mmap_mode="r", allow_pickle=False)
        _blot(folder, [f"{part}_{name}" for name in names], slice(int(offsets[row]), int(offsets[row + 1])))
    _blot(folder, ["segments", "orders"], slice(row, row + 1))


def _blot(folder: Path, names: Sequence[str], rows: slice) -> None:
    for name in names:
        array = np.load(folder / f"{name}.npy", mmap_mode="r+", allow_pickle=False)
        array[rows] = 0
        array.flush()


def _arrays(candidates: Candidates) -> dict[str, NDArray[Any]]:
    found = {}
    for one in fields(candidates):
        part = getattr(candidates, one.name)
        if isinstance(part, np.ndarray):
            found[one.name] = part
        elif is_dataclass(part):
            found |= {f"{one.name}_{inner.name}": getattr(part, inner.name) for inner in fields(part)}
    return found


def _part(name: str, kind: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if not is_dataclass(kind):
        return arrays[name]
    return kind(**{inner.name: arrays[f"{name}_{inner.name}"] for inner in fields(kind)})  # type: ignore[operator]


def _check(candidates: Candidates, arrays: dict[str, NDArray[Any]]) -> None:
    products = candidates.products
    if any(one >= other for one, other in pairwise(products)):
        raise SnapshotError("products must be sorted and distinct: they are looked up by halving.")
    for name, array in arrays.items():
        if name.endswith("_items") and len(array) and not 0 <= array.min() <= array.max() < len(products):
            raise SnapshotError(f"{name} names a product outside the {len(products)} given.")
        if name.endswith("_offsets") and array[-1] != len(arrays[name.replace("offsets", "items")]):
            raise SnapshotError(f"{name} does not end where its items end.")
    lengths = {"goods": len(products), "groups": len(products), "segments": len(candidates.orders)}
    for name, wanted in lengths.items():
        if len(arrays[name]) != wanted:
            raise SnapshotError(f"{name} has {len(arrays[name])} rows, expected {wanted}.")


def _mapped(path: Path, size: int) -> NDArray[Any]:
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, expected {size}")
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]
