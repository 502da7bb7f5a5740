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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import PerennialError, ShopError
from features.handed_out import PART, Batches
from features.progress import Progress, silent
from features.spine import Spine
from operations.parts import key_of
from operations.row_groups import GROUP, in_groups
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


@dataclass(frozen=True)
class AskedParts:
    """Parts that are to be made together.

    Attributes
    ----------
    spine : the rows of all of them, in order
    part : int32 (n,)   the number of each row's
    begins : what the path of a part's file begins with, by the part's number
    """

    spine: Spine
    part: pa.Array
    begins: Mapping[int, str]

    @property
    def rows(self) -> pa.Table:
        """customer_id, cutoff, and the part's number as features.handed_out wants it."""
        return self.spine.rows.append_column(PART, self.part)


def part_of(customer_id: str, parts: int) -> int:
    """The part in which a customer stands, whatever the engine, the shop and the day: 0 … parts − 1."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:8]) % parts


def write_partitioned(
    folder: Path,
    spine: Spine,
    parts: int,
    told: Mapping[str, Any],
    make: Callable[[AskedParts], None],
    *,
    at_once: int = 1,
    progress: Progress = silent,
) -> PartitionedTable:
    """Write the rows of a spine as parts by hash of the customer, then the manifest.

    Parameters
    ----------
    folder : made where it is missing; a table that lies in it is believed until this one is complete, then goes
    told : all that the rows follow from besides the spine, in values that have a form in JSON; the manifest says it
    make : writes the rows of each part that is asked for, by `write_part`
    at_once : how many parts are asked for together

    Raises
    ------
    PerennialError  if there are no parts or too many, or another run writes the folder
    ShopError       if it cannot be written, or holds something else
    """
    if not 1 <= parts <= MOST:
        raise PerennialError(f"{parts} parts cannot be written. Give a number from 1 to {MOST:,}.")
    with _alone_in(folder):
        where = _parts_of(spine, parts)
        begins = _begins(folder.resolve(), spine, where, parts, told)
        found = {number: kept for number, begin in begins.items() if (kept := _kept(begin)) is not None}
        missing = [number for number in begins if number not in found]
        for at in range(0, len(missing), at_once):
            progress(f"part {missing[at] + 1} of {parts}", len(found), len(begins))
            asked = missing[at : at + at_once]
            make(_asked(spine, where, {number: begins[number] for number in asked}))
            found |= {number: _made(begins[number], number, parts) for number in asked}
        files = [folder / found[number].name for number in begins]
        _complete(folder, files, spine, {**told, "parts": parts})
    return PartitionedTable(folder, len(spine), tuple(files), len(missing), len(files) - len(missing))


def write_part(begins: Mapping[int, str], schema: pa.Schema, part: int, rows: Batches) -> None:
    """Write the rows of one part, wherever they lie; the file appears whole, under a name that tells what it holds.

    Parameters
    ----------
    begins : as it was asked for
    schema : what the file's columns are, whatever an engine makes of them
    rows : sorted
    """
    begin = Path(begins[part])
    unnamed = begin.with_name(f".making-{begin.name}{uuid4().hex}.parquet")
    tables = (pa.Table.from_batches([batch]).select(schema.names).cast(schema) for batch in rows)
    try:
        with pq.ParquetWriter(unnamed, schema, compression="zstd") as file:
            for group in in_groups(chain([schema.empty_table()], tables)):
                file.write_table(group, row_group_size=GROUP)
        link(unnamed, begin.with_name(f"{begin.name}{digest(unnamed)[:_DIGEST]}.parquet"))
    finally:
        unnamed.unlink(missing_ok=True)


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


def _parts_of(spine: Spine, parts: int) -> pa.Array:
    """The number of each row's part, int32 (n,)."""
    customers = spine.rows["customer_id"].combine_chunks().dictionary_encode()
    of_customer = pa.array([part_of(one, parts) for one in customers.dictionary.to_pylist()], pa.int32())
    return of_customer.take(customers.indices)


def _begins(folder: Path, spine: Spine, where: pa.Array, parts: int, told: Mapping[str, Any]) -> dict[int, str]:
    """What the path of each part's file begins with, a digest of all that its rows follow from; not of empty parts."""
    found = {}
    for number in np.unique(where.to_numpy()).tolist():
        key = key_of([_FORMAT, parts, number, told])
        rows = _asked(spine, where, {number: ""}).spine
        found[number] = f"{folder}/part-{number:05}-{_with_rows(key, rows)[:_KEY]}-"
    return found


def _asked(spine: Spine, where: pa.Array, begins: Mapping[int, str]) -> AskedParts:
    inside = pc.is_in(where, pa.array(list(begins), pa.int32()))
    return AskedParts(Spine(spine.rows.filter(inside)), where.filter(inside), begins)


def _kept(begins: str) -> Path | None:
    """The file of a part if it is there and holds what its name says; what does not goes."""
    begin = Path(begins)
    for kept in sorted(begin.parent.glob(f"{begin.name}*.parquet")):
        if kept.name == f"{begin.name}{digest(kept)[:_DIGEST]}.parquet":
            return kept
        kept.unlink()
    return None


def _made(begins: str, number: int, parts: int) -> Path:
    made = _kept(begins)
    if made is None:
        raise PerennialError(
            f"part {number + 1} of {parts} was made and is not in {Path(begins).parent}: executors write it there "
            "themselves. Name a folder that they and this machine share with --out."
        )
    return made


def _complete(folder: Path, files: Sequence[Path], spine: Spine, told: Mapping[str, Any]) -> None:
    """The manifest, if all rows are there; then what it does not name goes."""
    rows = sum(pq.read_metadata(path).num_rows for path in files)
    if rows != len(spine):
        raise PerennialError(f"{folder} would hold {rows:,} rows of {len(spine):,} asked for. Nothing vouches for it.")
    write_manifest(folder / MANIFEST, {**told, "rows": rows, "files": _told(files)})
    for other in folder.glob("part-*.parquet"):
        if other not in files:
            other.unlink()


def _with_rows(key: str, spine: Spine) -> str:
    says = hashlib.sha256(key.encode())
    says.update("\n".join(spine.rows["customer_id"].to_pylist()).encode())
    says.update(spine.rows["cutoff"].to_numpy().tobytes())
    return says.hexdigest()


def _told(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
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
