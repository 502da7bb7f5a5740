"""Files that appear whole or not at all."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import ShopError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a neighbour of `path` to write to; on success it takes `path`'s place, durably; else it goes.

    Raises
    ------
    ShopError    if the folder cannot be written
    """
    part = path.with_name(f".{path.name}.part{os.getpid()}-{threading.get_ident()}")
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


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left half done: parts a day older than the newest thing beside them."""
    found = {path: path.stat().st_mtime for path in folder.iterdir()}
    for path, written in found.items():
        if path.name.startswith(".") and ".part" in path.name and max(found.values()) - written > 86_400:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Ask the disk to keep a file or folder through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
