"""Digests of an array file by block, so that bits that flip on the disk are noticed before they are served.

`features.npy` has its digests beside it in `features.npy.digests`: 16 bytes for each 64 KiB. Erasing changes data and
digests together: a block's digest is zero while its rows change, and whoever finds a zero asks again. An erasure that
was killed in between is done again, so no zero stays.
"""

import hashlib
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 65_536
_SIZE = 16
_CHANGING = bytes(_SIZE)
_TRIES, _BETWEEN = 3, 0.05


def digests_beside(path: Path) -> Path:
    """Where the digests of a file lie."""
    return path.with_name(f"{path.name}.digests")


def write_digests(path: Path) -> None:
    """Take the digests of a file that is complete."""
    with path.open("rb") as file, digests_beside(path).open("wb") as target:
        while block := file.read(BLOCK):
            target.write(_digest(block))


def refuse_damaged_start(path: Path) -> None:
    """Look at an array file's first block, before anything parses the header in it; one without digests is let pass.

    Raises
    ------
    ValueError   if it is not what was written
    """
    if digests_beside(path).exists() and is_damaged(path, 0, 1):
        raise ValueError(f"{path.name} is not what was written: its bits have changed on the disk")


def undamaged_bytes(path: Path) -> bytes:
    """A small file's bytes.

    Raises
    ------
    OSError      if it or its digests are missing
    ValueError   if they are not what its digests were taken of
    """
    if is_damaged(path):
        raise ValueError(f"{path.name} is not what was written: its bits have changed on the disk")
    return path.read_bytes()


def blocks_of(path: Path) -> int:
    """How many blocks a file has."""
    return math.ceil(path.stat().st_size / BLOCK)


def is_damaged(path: Path, first: int = 0, last: int | None = None) -> bool:
    """Whether the blocks from first to before last (default: all) are other than when they were written.

    A block that is being changed at this moment is looked at again, and passed over while it stays so.
    """
    ends = blocks_of(path) if last is None else min(last, blocks_of(path))
    with path.open("rb") as data, digests_beside(path).open("rb") as kept:
        return os.fstat(kept.fileno()).st_size != blocks_of(path) * _SIZE or any(
            _differs(data.fileno(), kept.fileno(), block) for block in range(first, ends)
        )


@contextmanager
def changing_rows(path: Path, begin: int, end: int) -> Iterator[None]:
    """Let bytes from begin to before end of a file change, and their blocks' digests with them.

    A block that was damaged before stays so: its new digest is never that of what was found.
    """
    kept = digests_beside(path)
    if not kept.exists() or begin >= end:  # a snapshot from before digests were kept
        yield
        return
    blocks = range(begin // BLOCK, (end - 1) // BLOCK + 1)
    with path.open("rb") as data, kept.open("r+b") as digests:
        damaged = {block for block in blocks if _differs(data.fileno(), digests.fileno(), block)}
        _put(digests.fileno(), dict.fromkeys(blocks, _CHANGING))
        yield
        fresh = {block: _digest(os.pread(data.fileno(), BLOCK, block * BLOCK)) for block in blocks}
        _put(digests.fileno(), fresh | {block: bytes(255 - byte for byte in fresh[block]) for block in damaged})


def _differs(data: int, kept: int, block: int) -> bool:
    for _ in range(_TRIES):
        before = os.pread(kept, _SIZE, block * _SIZE)
        found = _digest(os.pread(data, BLOCK, block * BLOCK))
        after = os.pread(kept, _SIZE, block * _SIZE)
        if found == before == after:
            return False
        if before == after != _CHANGING:
            return True
        time.sleep(_BETWEEN)
    return False


def _put(kept: int, digests: dict[int, bytes]) -> None:
    for block, digest in digests.items():
        os.pwrite(kept, digest, block * _SIZE)
    os.fsync(kept)


def _digest(block: bytes) -> bytes:
    return hashlib.blake2b(block, digest_size=_SIZE).digest()
