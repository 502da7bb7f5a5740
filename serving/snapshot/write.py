"""Writing a snapshot, making it the current one, and erasing customers from those that lie there."""

import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.level import PeriodLevel
from scoring.model import FeatureRef
from scoring.verified_files import digest, new_folder, plain_name, write_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import changing_rows, write_digests
from serving.snapshot.candidates import erase_candidates
from serving.snapshot.decided import erase_decided
from serving.snapshot.snapshot import FORMAT, HOURS, NO_HOUR, NO_STORE, CustomerFacts

_WEEKDAYS = 7


def write_snapshot(
    root: Path,
    name: str,
    *,
    shop: str,
    cutoff: datetime,
    ids: Sequence[str],
    columns: Sequence[FeatureRef],
    matrix: NDArray[np.float32],
    facts: CustomerFacts,
    level: PeriodLevel | None = None,
    linked: Mapping[str, str] | None = None,
    history: Path | None = None,
    events_until: int = 0,
    consents_until: int = 0,
) -> Path:
    """Write a snapshot's folder; `point_to` makes it the current one.

    A folder that is there already may be served at this moment, so it stays: another of the same name gets a number.

    Parameters
    ----------
    ids : n customer ids, in the order of the rows of `matrix` and `facts`
    columns : name and fingerprint of the k columns of `matrix`
    level : of the horizon from the cutoff
    linked : other ids of a customer → the id among `ids`; a call may use either
    history : folder of the canonical Parquet the features were built from
    events_until, consents_until : numbers of the last event and consent of the state database that went into them

    Raises
    ------
    SnapshotError   if lengths differ, an id repeats, or a linked id leads nowhere
    """
    arrays = _checked_arrays(ids, columns, matrix, facts)
    arrays["keys"], arrays["rows"] = _index(ids, linked or {})
    folder = _unused(root, plain_name(name))
    about = {
        "format": FORMAT,
        "shop": shop,
        "cutoff": cutoff.isoformat(),
        **_layout(columns, facts),
        "customers": len(ids),
        "level": None if level is None else asdict(level),
        "history": None if history is None else os.path.relpath(history, root),
        "events_until": events_until,
        "consents_until": consents_until,
        "block_digests": True,
    }
    with new_folder(folder) as part:
        sizes = {path.name: path.stat().st_size for path in _written(part, arrays)}
        (part / "manifest.json").write_text(json.dumps({**about, "bytes": sizes}, indent=1) + "\n", encoding="utf-8")
    return folder


def _layout(columns: Sequence[FeatureRef], facts: CustomerFacts) -> dict[str, Any]:
    """What the arrays' columns, bits and places stand for."""
    return {
        "columns": [{"name": column.name, "fingerprint": column.fingerprint} for column in columns],
        "channels": list(facts.channels),
        "properties": {name: channel.to_plain() for name, channel in facts.properties.items()},
        "stores": list(facts.stores),
    }


def _written(part: Path, arrays: Mapping[str, NDArray[Any]]) -> Iterator[Path]:
    """Write arrays, each with its digests; their files."""
    for name, values in arrays.items():
        path = part / f"{name}.npy"
        np.save(path, values, allow_pickle=False)
        write_digests(path)
        yield path


def _unused(root: Path, name: str) -> Path:
    numbered = (root / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
    return next(folder for folder in numbered if not folder.exists())


def point_to(root: Path, name: str) -> None:
    """Make a written snapshot the current one, for every worker, in one step."""
    pointer = {"snapshot": plain_name(name), "sha256": digest(root / name / "manifest.json")}
    write_bytes(root / "current.json", (json.dumps(pointer) + "\n").encode())


def erase_from(folder: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    """Erase customers from a snapshot in place, for every process that has it open; 1 for every id that was found.

    The arrays keep their sizes: a key becomes a copy of its neighbour, so that the keys stay sorted.
    """
    with ExitStack() as changing:
        for path in (folder / "keys.npy", folder / "rows.npy", folder / "ids.npy"):
            changing.enter_context(changing_rows(path, 0, path.stat().st_size))
        return _erase_from(folder, customer_ids)


def _erase_from(folder: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    keys, rows, ids = (_writable(folder, name) for name in ("keys", "rows", "ids"))
    found: dict[str, int] = {}
    for customer_id in customer_ids:
        key = customer_id.encode()
        at = int(keys.searchsorted(key)) if len(key) <= keys.dtype.itemsize else len(keys)
        if at == len(keys) or keys[at] != key:
            continue
        found[customer_id] = 1
        _erase_row(folder, int(rows[at]), ids)
        while at < len(keys) and keys[at] == key:
            neighbour = at - 1 if at else int(keys.searchsorted(key, side="right"))
            if neighbour < len(keys):
                keys[at], rows[at] = keys[neighbour], rows[neighbour]
            else:
                keys[at], rows[at] = b"", -1
            at += 1
    for array in (keys, rows, ids):
        array.flush()
    return found


def _erase_row(folder: Path, row: int, ids: Any) -> None:
    if row < 0:
        return
    ids[row] = b""
    for name, empty in (("features", np.nan), ("allowed", 0), ("withdrawn", 0), ("store", NO_STORE), ("hour", NO_HOUR)):
        _overwrite(folder, name, row, empty)
    if (folder / HOURS).exists():
        _overwrite(folder, HOURS.removesuffix(".npy"), row, NO_HOUR)
    erase_candidates(folder, row)
    erase_decided(folder, row)


def _overwrite(folder: Path, name: str, row: int, empty: float) -> None:
    array = _writable(folder, name)
    path, size = folder / f"{name}.npy", array[0:1].nbytes
    begin = path.stat().st_size - array.nbytes + row * size
    with changing_rows(path, begin, begin + size):
        array[row] = empty
        array.flush()


def _writable(folder: Path, name: str) -> Any:
    return np.load(folder / f"{name}.npy", mmap_mode="r+", allow_pickle=False)


def _checked_arrays(
    ids: Sequence[str], columns: Sequence[FeatureRef], matrix: NDArray[np.float32], facts: CustomerFacts
) -> dict[str, NDArray[Any]]:
    n = len(ids)
    if matrix.shape != (n, len(columns)):
        raise SnapshotError(f"The matrix is {matrix.shape}, expected {(n, len(columns))}: ids × columns.")
    withdrawn = np.zeros(n, dtype=np.uint64) if facts.withdrawn is None else facts.withdrawn
    if {len(one) for one in (facts.allowed, facts.store, facts.hour, withdrawn)} != {n}:
        raise SnapshotError(f"Facts must have one entry for each of the {n} customers.")
    if len(facts.channels) > 64:
        raise SnapshotError(f"A snapshot holds at most 64 channels, got {len(facts.channels)}.")
    if facts.hours is not None and facts.hours.shape != (n, _WEEKDAYS):
        raise SnapshotError(f"The hours are {facts.hours.shape}, expected {(n, _WEEKDAYS)}: customers × weekdays.")
    hours = {} if facts.hours is None else {HOURS.removesuffix(".npy"): np.asarray(facts.hours, dtype=np.uint8)}
    return hours | {
        "ids": np.array([one.encode() for one in ids] or [b""], dtype=np.bytes_)[:n],
        "features": np.ascontiguousarray(matrix, dtype=np.float32),
        "allowed": np.asarray(facts.allowed, dtype=np.uint64),
        "withdrawn": np.asarray(withdrawn, dtype=np.uint64),
        "store": np.asarray(facts.store, dtype=np.int32),
        "hour": np.asarray(facts.hour, dtype=np.uint8),
    }


def _index(ids: Sequence[str], linked: Mapping[str, str]) -> tuple[NDArray[np.bytes_], NDArray[np.int32]]:
    rows = {customer_id: row for row, customer_id in enumerate(ids)}
    if len(rows) != len(ids):
        raise SnapshotError(f"{len(ids) - len(rows)} customer ids repeat; a snapshot has one row a customer.")
    lost = sum(target not in rows for target in linked.values())
    if lost:
        raise SnapshotError(f"{lost} linked ids lead to a customer the snapshot does not have.")
    for other, target in linked.items():
        rows.setdefault(other, rows[target])
    keys = np.array([key.encode() for key in rows] or [b""], dtype=np.bytes_)[: len(rows)]
    order = np.argsort(keys, kind="stable")
    return keys[order], np.fromiter(rows.values(), dtype=np.int32, count=len(rows))[order]
