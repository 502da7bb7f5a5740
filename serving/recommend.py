"""Which products a customer is offered: own purchases, decayed over 90 days, filled with what is popular.

The candidates lie beside the snapshot they were built with, in <snapshot>/recommend/:

    candidates.json               products (ids), bytes of each array
    personal_offsets.npy          int64 (n + 1): candidates of row r are [offsets[r], offsets[r + 1])
    personal_items/times/days.npy product index, purchases, days since the last one; best first
    popular_offsets.npy           int64 (stores + 2): popular in each store, last of all overall
    popular_items.npy             product index, most popular first
    missing_offsets/items.npy     products not in stock in each store, last of all in none
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import SnapshotError
from serving.reasons import Texts
from serving.verified import write_bytes

FOLDER = "recommend"
_META = "candidates.json"


@dataclass(frozen=True)
class Personal:
    """Own candidates of all customers, best first; arrays as in the module's table."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    times: NDArray[np.uint16]
    days: NDArray[np.uint16]


@dataclass(frozen=True)
class Ragged:
    """One list of product indices for each store, and a last one for all stores together."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]

    def of(self, store: int) -> NDArray[np.int32]:
        """The list of a store; −1 is all stores together."""
        at = store if store >= 0 else len(self.offsets) - 2
        return self.items[self.offsets[at] : self.offsets[at + 1]]


@dataclass(frozen=True)
class Candidates:
    """What may be recommended to whom."""

    products: tuple[str, ...]
    personal: Personal
    popular: Ragged
    missing: Ragged

    def recommend(self, row: int, k: int, *, store: int, exclude: frozenset[str], texts: Texts) -> list[dict[str, Any]]:
        """At most k products for a customer, each with its reason; never one that is out of stock.

        Parameters
        ----------
        row : the customer's row in the snapshot, −1 for one known by events alone
        store : index of the store whose stock and popularity count, −1 for none
        """
        barred = set(self.missing.of(-1).tolist())
        if store >= 0:
            barred.update(self.missing.of(store).tolist())
        return list(islice(self._ranked(row, store, barred, exclude, texts), k))

    def _ranked(
        self, row: int, store: int, barred: set[int], exclude: frozenset[str], texts: Texts
    ) -> Iterator[dict[str, Any]]:
        for item, times, days in self._own(row):
            if item not in barred and self.products[item] not in exclude:
                code = "bought_often" if times > 1 else "bought_once"
                yield self._item(item, "repeat", texts.item(code, times=times, days=days))
            barred.add(item)
        for place, code in ((store, "popular_in_store"), (-1, "popular")):
            if code == "popular_in_store" and place < 0:
                continue
            for item in self.popular.of(place).tolist():
                if item not in barred and self.products[item] not in exclude:
                    yield self._item(item, "discovery", texts.item(code))
                barred.add(item)

    def _own(self, row: int) -> Iterator[tuple[int, int, int]]:
        if row < 0:
            return iter(())
        own = slice(int(self.personal.offsets[row]), int(self.personal.offsets[row + 1]))
        columns = (self.personal.items[own], self.personal.times[own], self.personal.days[own])
        return zip(*(column.tolist() for column in columns), strict=True)

    def _item(self, item: int, kind: str, reason: dict[str, str]) -> dict[str, Any]:
        return {"product_id": self.products[item], "kind": kind, "reason": reason}


def write_candidates(snapshot: Path, candidates: Candidates) -> None:
    """Write the candidates into a snapshot's folder, before the pointer names it.

    Raises
    ------
    SnapshotError   if an index is out of range or the lists do not fit together
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
        candidates = Candidates(
            tuple(meta["products"]), _part(Personal, arrays), _part(Ragged, arrays, "popular"),
            _part(Ragged, arrays, "missing"),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SnapshotError(f"{folder} cannot be read ({error}).\nRun `perennial score` again.") from error
    if len(candidates.personal.offsets) != customers + 1:
        raise SnapshotError(f"{folder} was written for another snapshot.\nRun `perennial score` again.")
    return candidates


def blot_candidates(snapshot: Path, row: int) -> None:
    """Overwrite what a customer bought, in place; the row itself stays."""
    folder = snapshot / FOLDER
    if not (folder / _META).exists():
        return
    offsets = np.load(folder / "personal_offsets.npy", mmap_mode="r", allow_pickle=False)
    own = slice(int(offsets[row]), int(offsets[row + 1]))
    for name in ("items", "times", "days"):
        array = np.load(folder / f"personal_{name}.npy", mmap_mode="r+", allow_pickle=False)
        array[own] = 0
        array.flush()


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    """Lists of product indices, one a store and a last one for all, as arrays."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    flat = [item for one in lists for item in one]
    return Ragged(offsets, np.array(flat, dtype=np.int32))


def _arrays(candidates: Candidates) -> dict[str, NDArray[Any]]:
    parts: dict[str, Personal | Ragged] = {
        "personal": candidates.personal,
        "popular": candidates.popular,
        "missing": candidates.missing,
    }
    return {f"{name}_{one.name}": getattr(part, one.name) for name, part in parts.items() for one in fields(part)}


def _part(kind: type[Any], arrays: dict[str, NDArray[Any]], name: str = "personal") -> Any:
    return kind(**{one.name: arrays[f"{name}_{one.name}"] for one in fields(kind)})


def _check(candidates: Candidates, arrays: dict[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        if name.endswith("_items") and len(array) and not 0 <= array.min() <= array.max() < len(candidates.products):
            raise SnapshotError(f"{name} names a product outside the {len(candidates.products)} given.")
        if name.endswith("_offsets") and array[-1] != len(arrays[name.replace("offsets", "items")]):
            raise SnapshotError(f"{name} does not end where its items end.")


def _mapped(path: Path, size: int) -> NDArray[Any]:
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, expected {size}")
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]
