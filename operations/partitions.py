"""A table of everybody as a folder of Parquet files, each of the customers of one hash: made one at a time, taken up
where a run ended, and complete once its manifest says so.

A finished part tells in its name what it follows from and the digest of what it holds. A run takes such parts instead
of making them; one that was cut or altered is made again. The manifest is written last and names every part: readers
believe nothing else. Names that begin with an underscore are no data to Spark and to Arrow, which may read the folder.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import PerennialError, ShopError
from features.progress import Progress, silent
from features.spine import Spine
from operations.parts import key_of
from scoring.manifests import files_told, write_manifest
from scoring.verified_files import digest, link, plain_name

MANIFEST = "_manifest.json"
MOST = 10_000  # parts
_FORMAT = 1
_LOCK = "_lock"
_KEY, _DIGEST = 20, 32  # hexadecimal digits in a part's name
_MADE = re.compile(r"part-\d{5}-[0-9a-f]{20}-[0-9a-f]{32}\.parquet")


@dataclass(frozen=True)
class PartitionedTable:
    """A folder that is complete.

    Attributes
    ----------
    rows : in all parts together
    files : one a part that has customers, by the part's number
    made, reused : files made by this run, and those an earlier one had finished
    """

    folder: Path
    rows: int
    files: tuple[Path, ...]
    made: int = 0
    reused: int = 0


def part_of(customer_id: str, parts: int) -> int:
    """The part in which a customer stands, whatever the engine, the shop and the day: 0 … parts − 1."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:8]) % parts


def write_partitioned(
    folder: Path,
    spine: Spine,
    parts: int,
    told: Mapping[str, Any],
    make: Callable[[Spine, Path], None],
    *,
    progress: Progress = silent,
) -> PartitionedTable:
    """Write the rows of a spine as parts by hash of the customer, then the manifest.

    Parameters
    ----------
    folder : made where it is missing; a table that lies in it is believed until this one is complete, then goes
    told : all that the rows follow from besides the spine, in values that have a form in JSON; the manifest says it
    make : writes the rows of a part's spine to a Parquet file

    Raises
    ------
    PerennialError  if there are no parts or too many, or another run writes the folder
    ShopError       if it cannot be written, or holds something else
    """
    if not 1 <= parts <= MOST:
        raise PerennialError(f"{parts} parts cannot be written. Give a number from 1 to {MOST:,}.")
    with _alone_in(folder):
        found = [
            _part(folder, number, part, key_of([_FORMAT, parts, number, told]), make, progress, parts)
            for number, part in enumerate(_divided(spine, parts))
            if len(part)
        ]
        files = [path for path, _ in found]
        rows = sum(pq.read_metadata(path).num_rows for path in files)
        if rows != len(spine):
            raise PerennialError(
                f"{folder} would hold {rows:,} rows of {len(spine):,} asked for. Nothing vouches for it."
            )
        write_manifest(folder / MANIFEST, {**told, "parts": parts, "rows": rows, "files": _told(files)})
        for other in folder.glob("part-*.parquet"):
            if other not in files:
                other.unlink()
    reused = sum(was_there for _, was_there in found)
    return PartitionedTable(folder, rows, tuple(files), len(files) - reused, reused)


def read_partitioned(folder: Path) -> PartitionedTable:
    """What a complete folder holds; every file has been compared with its digest.

    Raises
    ------
    PerennialError  if there is no manifest, or a file is not the one it names
    """
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        files = {folder / plain_name(name): file for name, file in told["files"].items()}
    except FileNotFoundError:
        raise PerennialError(
            f"{folder} has no {MANIFEST}: no run has completed it. Run the command that writes it again; it goes on "
            "with the parts that are missing."
        ) from None
    for path, file in files.items():
        if not path.is_file() or digest(path) != file["sha256"]:
            raise PerennialError(f"{path} is not the file that {MANIFEST} names. Run the command that writes it again.")
    return PartitionedTable(folder, told["rows"], tuple(files))


def _part(
    folder: Path,
    number: int,
    spine: Spine,
    key: str,
    make: Callable[[Spine, Path], None],
    progress: Progress,
    parts: int,
) -> tuple[Path, bool]:
    """The file of a part, and whether it was there."""
    progress(f"part {number + 1} of {parts}", number, parts)
    begins = f"part-{number:05}-{_with_rows(key, spine)[:_KEY]}-"
    for kept in folder.glob(f"{begins}*.parquet"):
        if kept.name == f"{begins}{digest(kept)[:_DIGEST]}.parquet":
            return kept, True
        kept.unlink()
    unnamed = folder / f".making-{begins}.parquet"
    make(spine, unnamed)
    path = folder / f"{begins}{digest(unnamed)[:_DIGEST]}.parquet"
    link(unnamed, path)
    unnamed.unlink()
    return path, False


def _with_rows(key: str, spine: Spine) -> str:
    says = hashlib.sha256(key.encode())
    says.update("\n".join(spine.rows["customer_id"].to_pylist()).encode())
    says.update(spine.rows["cutoff"].to_numpy().tobytes())
    return says.hexdigest()


def _divided(spine: Spine, parts: int) -> Iterator[Spine]:
    """The rows of each part, in the spine's order."""
    customers = spine.rows["customer_id"].combine_chunks().dictionary_encode()
    of_customer = pa.array([part_of(one, parts) for one in customers.dictionary.to_pylist()], pa.int32())
    where = of_customer.take(customers.indices).to_numpy()
    for number in range(parts):
        yield Spine(spine.rows.filter(pa.array(where == number)))


def _told(files: list[Path]) -> dict[str, dict[str, Any]]:
    return {
        name: {**file, "rows": pq.read_metadata(path).num_rows}
        for path, (name, file) in zip(files, files_told(files).items(), strict=True)
    }


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Be the only run that writes a folder; what killed ones left half made goes first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ShopError(f"cannot write {folder}: {error.strerror}. Choose another place with --out.") from error
    try:
        _take(handle, folder)
        _refuse_others_things(folder)
        for left in folder.glob(".*making-*"):
            left.unlink()
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PerennialError(
            f"another run is writing {folder}. Wait until it has ended, or name another folder."
        ) from None


def _refuse_others_things(folder: Path) -> None:
    """Refuse a folder with Parquet files that are no parts: they would be read with the table."""
    strange = sorted(path.name for path in folder.glob("[!._]*") if not _MADE.fullmatch(path.name))
    if strange:
        raise ShopError(
            f"{folder} holds {strange[0]}, which is no part of this table. Name an empty folder with --out."
        )
