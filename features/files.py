"""Files and folders that appear whole or not at all: the one place of this room that puts one in another's."""

import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import ShopError

_CALLS = itertools.count()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a neighbour of `path` to write to; on success it takes `path`'s place, durably; else it goes.

    Raises
    ------
    ShopError    if the folder cannot be written
    """
    part = _beside(path, "part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise ShopError(
            f"cannot write {path}: {error.strerror}. Choose another place with --out, or make its folder writable."
        ) from error
    try:
        yield part
        sync(part)
        part.replace(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder_in_one_piece(folder: Path) -> Iterator[Path]:
    """Yield a neighbour of `folder` to fill; on success it takes the folder's place, durably; else nothing is left.

    Raises
    ------
    ShopError       if the place cannot be written
    """
    part, old = _beside(folder, "part"), _beside(folder, "old")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise ShopError(
            f"cannot write to {folder.parent}: {error.strerror}. "
            "Make it writable, or set PERENNIAL_HOME to a folder that is."
        ) from error
    try:
        yield part
        for path in (*part.rglob("*"), part):
            sync(path)
        _take_place(part, folder, old)
        sync(folder.parent)
    except OSError as error:
        raise ShopError(f"cannot write {folder}: {error.strerror}. Make room or choose another place.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _take_place(part: Path, folder: Path, old: Path) -> None:
    """Two renames: no system call that Python knows swaps two folders. Where the second fails the old one is back."""
    if folder.exists():
        folder.replace(old)
    try:
        part.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise


def sweep(folder: Path) -> None:
    """Remove what killed writers left beside a folder's own: parts and old ones, a day older than the newest thing."""
    found = {path: path.stat().st_mtime for path in folder.iterdir()}
    for path, written in found.items():
        left = path.name.startswith(".") and (".part" in path.name or ".old" in path.name)
        if left and max(found.values()) - written > 86_400:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _beside(path: Path, what: str) -> Path:
    """A hidden neighbour that no other process, thread or call uses."""
    return path.with_name(f".{path.name}.{what}{os.getpid()}-{threading.get_ident()}-{next(_CALLS)}")


def sync(path: Path) -> None:
    """Ask the disk to keep a file or folder through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
