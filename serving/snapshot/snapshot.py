"""The nightly snapshot: one row of features a customer, sorted ids, memory-mapped, swapped as a whole.

<root>/current.json            {"snapshot": name, "sha256": digest of manifest.json}
<root>/<name>/manifest.json    shop, cutoff, columns with fingerprints, channels and what they are, stores, bytes
<root>/<name>/keys.npy         bytes, sorted: every id that names a customer, linked ones included
<root>/<name>/rows.npy         int32: the row each key stands for
<root>/<name>/features.npy     float32 (n, k), NaN is missing
<root>/<name>/allowed.npy      uint64: bit i is set when channels[i] may be used and reaches the customer
<root>/<name>/withdrawn.npy    uint64: bit i is set when the latest word on profiling by channels[i] is no
<root>/<name>/store.npy        int32: index of the last store, −1 is none
<root>/<name>/hour.npy         uint8: local hour in which the customer is most active, 255 is unknown
<root>/<name>/*.npy.digests    of each array by block (serving.snapshot.block_digests); absent in old ones
<root>/<name>/hours.npy        uint8 (n, 7): best local hour to send, Monday first, 255 is unknown; absent in old ones
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisions.allowed.channels import ChannelRules, channel_of
from decisions.stages import COLUMNS as STAGE_COLUMNS
from scoring.errors import ReleaseError
from scoring.level import PeriodLevel, level_from_plain
from scoring.model import FeatureRef
from scoring.verified_files import plain_name, read_bytes, verified_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import is_damaged, refuse_damaged_start
from serving.snapshot.row_file import RowFile

FORMAT = 2
NO_STORE = -1
NO_HOUR = 255
ARRAYS = ("keys", "rows", "ids", "features", "allowed", "withdrawn", "store", "hour")
HOURS = "hours.npy"
# What decisions look at besides the models' features; absent ones are treated as unknown.
FACT_COLUMNS = (
    *STAGE_COLUMNS,
    "gap_median_365d",
    "messages_30d",
)


@dataclass(frozen=True)
class CustomerFacts:
    """What is known of customers besides features; every array has one entry a customer.

    Attributes
    ----------
    channels : outreach channels, at most 64; bit i of `allowed` belongs to channels[i]
    allowed : uint64   channels with consent or a stated basis, no objection, and reach
    stores : store ids; `store` holds indices into them, −1 where no order names a store
    hour : uint8       local hour of most activity, 255 where unknown
    withdrawn : uint64   channels by which profiling was withdrawn; None is nobody
    hours : uint8 (n, 7)   best local hour to send by weekday, Monday first, 255 where unknown; None is unknown for all
    properties : what the shop says of each of `channels` and of every other channel it states
    """

    channels: tuple[str, ...]
    allowed: NDArray[np.uint64]
    stores: tuple[str, ...]
    store: NDArray[np.int32]
    hour: NDArray[np.uint8]
    withdrawn: NDArray[np.uint64] | None = None
    hours: NDArray[np.uint8] | None = None
    properties: Mapping[str, ChannelRules] = field(default_factory=dict)

    def channels_of(self, bits: NDArray[np.uint64] | None, row: int) -> tuple[str, ...]:
        """The channels whose bits are set for a row; none for −1."""
        set_bits = int(bits[row]) if bits is not None and row >= 0 else 0
        return tuple(channel for i, channel in enumerate(self.channels) if set_bits >> i & 1) if set_bits else ()

    def hour_of(self, row: int) -> int | None:
        """The local hour in which a customer is most active, None where unknown and for −1."""
        hour = int(self.hour[row]) if row >= 0 else NO_HOUR
        return None if hour == NO_HOUR else hour

    def hours_of(self, row: int) -> tuple[int, ...] | None:
        """The best local hour to send on each weekday, Monday first; None where unknown and for −1."""
        if self.hours is None or row < 0:
            return None
        found = tuple(self.hours[row].tolist())
        return None if NO_HOUR in found else found


@dataclass(frozen=True)
class Snapshot:
    """An open snapshot. Arrays are read-only views of files; nothing is copied but the rows a call asks for.

    Attributes
    ----------
    cutoff : local midnight up to which its features count
    matrix : array (n, k), float32, columns as in `columns`; calls use `features_of`
    history : folder of the canonical Parquet it was built from, None when it is not at hand
    events_until, consents_until : numbers of the last event and consent of the state database that went into it
    level : of the horizon from the cutoff; None where the night's models know none
    """

    name: str
    shop: str
    cutoff: datetime
    columns: tuple[FeatureRef, ...]
    matrix: NDArray[np.float32]
    facts: CustomerFacts
    folder: Path
    history: Path | None
    events_until: int
    consents_until: int
    has_digests: bool
    level: PeriodLevel | None
    _keys: NDArray[np.bytes_] = field(repr=False)
    _rows: NDArray[np.int32] = field(repr=False)
    _ids: NDArray[np.bytes_] = field(repr=False)
    _features: RowFile = field(repr=False)

    @property
    def files(self) -> list[Path]:
        """The arrays that calls read."""
        return sorted(self.folder.rglob("*.npy"))

    def refuse_damage(self, path: Path, first: int = 0, last: int | None = None) -> None:
        """Look at blocks of one of its files, all by default.

        Raises
        ------
        SnapshotError   if they are not what was written
        """
        try:
            damaged = self.has_digests and is_damaged(path, first, last)
        except OSError:
            damaged = True
        if damaged:
            raise SnapshotError(
                f"{path} is not what was written: its bits have changed on the disk.\n"
                "Look after the disk, and run `perennial score` to build the snapshot again."
            )

    def features_of(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Rows of the matrix, copied, array (len(rows), k); NaN for −1."""
        return self._features.take(rows)

    def find(self, customer_id: str) -> int:
        """The row of a customer, −1 for one the snapshot does not know; about 2 µs among a million."""
        key = customer_id.encode()
        if len(key) > self._keys.dtype.itemsize:
            return -1
        at = int(self._keys.searchsorted(key))
        return int(self._rows[at]) if at < len(self._keys) and self._keys[at] == key else -1

    def customer_id(self, row: int) -> str:
        """The row's own id: the same, whichever linked id a call used."""
        return bytes(self._ids[row]).decode()

    def are_present(self, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which rows still have a customer: erasing one leaves an empty row."""
        return np.asarray(self._ids[rows] != b"")

    def keys_of(self, row: int) -> list[str]:
        """Every id that leads to a row, its own among them; looks through all keys."""
        return [bytes(key).decode() for key in self._keys[self._rows == row]]

    def age_days(self, today: date) -> int:
        """Days by which the snapshot is older than this day's cutoff; 0 is fresh."""
        return (today - self.cutoff.date()).days + 1

    def __len__(self) -> int:
        return len(self.matrix)


def open_snapshot(root: Path) -> Snapshot:
    """Open the snapshot the pointer in `root` names.

    Raises
    ------
    SnapshotError   if it is missing, cut, or not as its manifest says
    """
    try:
        pointer = json.loads(read_bytes(root / "current.json"))
        folder = root / plain_name(str(pointer["snapshot"]))
        manifest = json.loads(verified_bytes(folder, "manifest.json", str(pointer["sha256"])))
        return _opened(folder, manifest)
    except (ReleaseError, ValueError, KeyError, TypeError, ArithmeticError, OSError) as error:
        raise SnapshotError(
            f"The snapshot in {root} cannot be used ({error}).\nRun `perennial score` to build it again."
        ) from error


def _opened(folder: Path, manifest: dict[str, Any]) -> Snapshot:
    if manifest["format"] != FORMAT:
        raise ValueError(f"format {manifest['format']}, expected {FORMAT}")
    arrays = {name: _mapped(folder / f"{name}.npy", manifest["bytes"]) for name in ARRAYS}
    facts = CustomerFacts(
        channels=tuple(manifest["channels"]),
        allowed=arrays["allowed"],
        stores=tuple(manifest["stores"]),
        store=arrays["store"],
        hour=arrays["hour"],
        withdrawn=arrays["withdrawn"],
        hours=_mapped(folder / HOURS, manifest["bytes"]) if HOURS in manifest["bytes"] else None,
        properties={name: channel_of(plain) for name, plain in manifest.get("properties", {}).items()},
    )
    return Snapshot(
        name=folder.name,
        shop=manifest["shop"],
        cutoff=datetime.fromisoformat(manifest["cutoff"]),
        columns=tuple(FeatureRef(**column) for column in manifest["columns"]),
        matrix=arrays["features"],
        facts=facts,
        folder=folder,
        history=None if not manifest.get("history") else (folder.parent / manifest["history"]).resolve(),
        events_until=int(manifest.get("events_until", 0)),
        consents_until=int(manifest.get("consents_until", 0)),
        has_digests=bool(manifest.get("block_digests")),
        level=level_from_plain(manifest.get("level")),
        _keys=arrays["keys"],
        _rows=arrays["rows"],
        _ids=arrays["ids"],
        _features=RowFile(folder / "features.npy"),
    )


def _mapped(path: Path, sizes: Mapping[str, int]) -> NDArray[Any]:
    if path.stat().st_size != sizes[path.name]:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, expected {sizes[path.name]}")
    refuse_damaged_start(path)
    # A plain view: numpy's memmap class costs a microsecond an access.
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]
