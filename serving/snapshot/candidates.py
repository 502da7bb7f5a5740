"""Candidates on disk: written by a nightly run beside its snapshot, read by calls for the customers they ask about.

In <snapshot>/recommend/, an array a file:

    candidates.json                     products (ids), bytes of each array
    people.npy      by row of the snapshot, and one beyond: where the next two files' entries begin, segment, orders
    personal.npy    records: product, purchases, days since the last and first, decayed weight; best first
    alike.npy       records: product, and what the purchases of others say of it
    companions_*, popular_*, in_segment_*, missing_*, goods, groups   what belongs to the shop, as in Candidates
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.products.candidates import Alike, Candidates, Personal, nothing_alike
from scoring.verified_files import write_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import changing_rows, refuse_damaged_start, undamaged_bytes, write_digests
from serving.snapshot.row_file import RowFile

FOLDER = "recommend"
_META = "candidates.json"
_PEOPLE = np.dtype([("personal", "<i8"), ("alike", "<i8"), ("segment", "<i2"), ("orders", "<u2")])
_PERSONAL = np.dtype([("items", "<i4"), ("times", "<u2"), ("days", "<u2"), ("first", "<u2"), ("weight", "<f4")])
_ALIKE = np.dtype([("items", "<i4"), ("kindred", "<f4"), ("neighbours", "<f4"), ("linear", "<f4")])
_FILES = ("people", "personal", "alike")
_OF_PEOPLE = ("personal", "alike", "segments", "orders")  # fields of Candidates that have a row a customer


@dataclass(frozen=True)
class CandidateStore:
    """The candidates of a snapshot; what belongs to the shop is in memory, customers are read when asked about."""

    _shop: Candidates
    _people: RowFile
    _personal: RowFile
    _alike: RowFile

    @property
    def shop(self) -> Candidates:
        """What belongs to the shop alone: products, stock, popularity; no customers."""
        return self._shop

    def of(self, rows: Sequence[int]) -> Candidates:
        """Candidates of some customers: their row i is rows[i] of the snapshot; −1 has nothing of its own."""
        told = np.zeros((len(rows), 2), dtype=_PEOPLE)
        told["segment"] = -1
        for i, row in enumerate(rows):
            if row >= 0:
                told[i] = self._people.spans((row,), (row + 2,))
        personal, alike = (self._entries(name, told) for name in ("personal", "alike"))
        return replace(
            self._shop,
            personal=Personal(personal[0], *(personal[1][name] for name in _PERSONAL.names or ())),
            alike=Alike(alike[0], *(alike[1][name] for name in _ALIKE.names or ())),
            segments=told["segment"][:, 0],
            orders=told["orders"][:, 0],
        )

    def _entries(self, name: str, told: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        begins, ends = told[name][:, 0], told[name][:, 1]
        file: RowFile = getattr(self, f"_{name}")
        offsets = np.concatenate([[0], np.cumsum(ends - begins)]).astype(np.int64)
        return offsets, file.spans(begins.tolist(), ends.tolist())


def write_candidates(snapshot: Path, candidates: Candidates) -> None:
    """Write the candidates into a snapshot's folder, before the pointer names it.

    Raises
    ------
    SnapshotError   if products are not sorted, an index is out of range or the lists do not fit together
    """
    _check(candidates)
    arrays = _shop_arrays(candidates) | _people_arrays(candidates)
    folder = snapshot / FOLDER
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
        write_digests(folder / f"{name}.npy")
    sizes = {name: (folder / f"{name}.npy").stat().st_size for name in arrays}
    meta = {"products": list(candidates.products), "bytes": sizes}
    write_bytes(folder / _META, json.dumps(meta).encode())
    write_digests(folder / _META)


def read_candidates(snapshot: Path, customers: int) -> CandidateStore | None:
    """The candidates of a snapshot; None when none were written (a shop without order lines).

    Raises
    ------
    SnapshotError   if a file is missing, cut, or of another snapshot
    """
    folder = snapshot / FOLDER
    if not (folder / _META).exists():
        return None
    try:
        meta = json.loads(undamaged_bytes(folder / _META))
        _check_sizes(folder, meta["bytes"])
        names = [name for name in meta["bytes"] if name not in _FILES]
        for name in names:
            refuse_damaged_start(folder / f"{name}.npy")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
        shop = Candidates(tuple(meta["products"]), **_nobody(), **_shop_parts(arrays))
        files = {name: RowFile(folder / f"{name}.npy") for name in _FILES}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SnapshotError(f"{folder} cannot be read ({error}).\nRun `perennial score` again.") from error
    if files["people"].shape != (customers + 1,):
        raise SnapshotError(f"{folder} was written for another snapshot.\nRun `perennial score` again.")
    return CandidateStore(shop, files["people"], files["personal"], files["alike"])


def erase_candidates(snapshot: Path, row: int) -> None:
    """Overwrite what a customer bought and what that tells, in place; the row itself stays."""
    folder = snapshot / FOLDER
    if not (folder / _META).exists():
        return
    people = _writable(folder, "people")
    for name in ("personal", "alike"):
        begin, end = int(people[name][row]), int(people[name][row + 1])
        entries = _writable(folder, name)
        with _changing(folder, name, entries, begin, end):
            entries[begin:end] = 0
            _flush(entries)
    with _changing(folder, "people", people, row, row + 1):
        people["segment"][row], people["orders"][row] = -1, 0
        _flush(people)


def _changing(folder: Path, name: str, array: Any, begin: int, end: int) -> AbstractContextManager[None]:
    """The digests of an array's rows from begin to before end, while they change."""
    path = folder / f"{name}.npy"
    head, size = path.stat().st_size - array.nbytes, array.dtype.itemsize
    return changing_rows(path, head + begin * size, head + end * size)


def _writable(folder: Path, name: str) -> Any:
    path = folder / f"{name}.npy"
    empty = RowFile(path).shape[0] == 0  # nothing can be mapped
    return np.load(path, mmap_mode=None if empty else "r+", allow_pickle=False)


def _flush(array: Any) -> None:
    if isinstance(array, np.memmap):
        array.flush()


def _shop_arrays(candidates: Candidates) -> dict[str, NDArray[Any]]:
    found = {}
    for one in fields(candidates):
        part = getattr(candidates, one.name)
        if one.name in _OF_PEOPLE:
            continue
        if isinstance(part, np.ndarray):
            found[one.name] = part
        elif is_dataclass(part):
            found |= {f"{one.name}_{inner.name}": getattr(part, inner.name) for inner in fields(part)}
    return found


def _people_arrays(candidates: Candidates) -> dict[str, NDArray[Any]]:
    people = np.zeros(len(candidates.orders) + 1, dtype=_PEOPLE)
    people["personal"], people["alike"] = candidates.personal.offsets, candidates.alike.offsets
    people["segment"][:-1], people["orders"][:-1] = candidates.segments, candidates.orders
    return {
        "people": people,
        "personal": _records(candidates.personal, _PERSONAL),
        "alike": _records(candidates.alike, _ALIKE),
    }


def _records(part: Personal | Alike, kind: np.dtype[Any]) -> NDArray[Any]:
    found = np.empty(len(part.items), dtype=kind)
    for name in kind.names or ():
        found[name] = getattr(part, name)
    return found


def _shop_parts(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for one in fields(Candidates):
        kind: Any = one.type
        if one.name in arrays:
            parts[one.name] = arrays[one.name]
        elif is_dataclass(kind) and one.name not in _OF_PEOPLE:
            parts[one.name] = kind(**{inner.name: arrays[f"{one.name}_{inner.name}"] for inner in fields(kind)})  # type: ignore[operator]
    return parts


def _nobody() -> dict[str, Any]:
    """What a shop without customers has in place of theirs."""
    columns = (np.zeros(0, _PERSONAL[name]) for name in _PERSONAL.names or ())
    return {
        "personal": Personal(np.zeros(1, np.int64), *columns),
        "alike": nothing_alike(0),
        "segments": np.zeros(0, np.int16),
        "orders": np.zeros(0, np.uint16),
    }


def _check(candidates: Candidates) -> None:
    products, people = candidates.products, len(candidates.orders)
    if any(one >= other for one, other in pairwise(products)):
        raise SnapshotError("products must be sorted and distinct: they are looked up by halving.")
    lists = ("personal", "alike", "companions", "popular", "in_segment", "missing")
    for name in lists:
        offsets, items = getattr(candidates, name).offsets, getattr(candidates, name).items
        if len(items) and not 0 <= items.min() <= items.max() < len(products):
            raise SnapshotError(f"{name} names a product outside the {len(products)} given.")
        if offsets[-1] != len(items):
            raise SnapshotError(f"{name} does not end where its items end.")
    lengths = {
        "goods": (len(candidates.goods), len(products)),
        "groups": (len(candidates.groups), len(products)),
        "segments": (len(candidates.segments), people),
        "personal": (len(candidates.personal.offsets), people + 1),
        "alike": (len(candidates.alike.offsets), people + 1),
    }
    for name, (given, wanted) in lengths.items():
        if given != wanted:
            raise SnapshotError(f"{name} has {given} rows, expected {wanted}.")


def _check_sizes(folder: Path, sizes: dict[str, int]) -> None:
    for name, wanted in sizes.items():
        size = (folder / f"{name}.npy").stat().st_size
        if size != wanted:
            raise ValueError(f"{name}.npy has {size} bytes, expected {wanted}")
