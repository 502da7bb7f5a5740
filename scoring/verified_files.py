"""Files that are read only when their digest is right, and written so that no reader sees half of one."""

import hashlib
import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.errors import ReleaseError

_CALLS = itertools.count()


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified_bytes(folder: Path, name: str, sha256: str) -> bytes:
    """A file's bytes, if their SHA-256 is the one given."""
    content = read_bytes(folder / plain_path(name))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ReleaseError(f"{folder / name} is not the file its digest was taken of. Export it again.")
    return content


def read_bytes(path: Path) -> bytes:
    """A file's bytes, or a sentence that says which file is missing."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read ({error.strerror}). Export it again.") from error


def plain_path(name: str) -> str:
    """The name, if it stays inside its folder."""
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise ReleaseError(f"A manifest names the file {name!r} outside its own folder.")
    return name


def plain_name(name: str) -> str:
    """The name, if it is one file or folder and not hidden."""
    if not name or "/" in name or plain_path(name).startswith("."):
        raise ReleaseError(f"{name!r} is not a plain file or folder name.")
    return name


def write_bytes(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of one."""
    with replacing(path) as part:
        part.write_bytes(content)


def link(file: Path, path: Path) -> None:
    """Let `path` be another name of a file; a reader of what stood there sees the old or the new one."""
    with replacing(path) as part:
        part.hardlink_to(file)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a neighbour of `path` to write to; on success it takes `path`'s place, on disk before it is seen.

    Whoever finds nothing to change removes the neighbour: the file stays as it is.
    """
    part = _beside(path)
    try:
        yield part
        if part.exists():
            _sync(part)
            part.replace(path)
            _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a neighbour of `folder` to fill; on success it becomes the folder, on disk before it is seen.

    Raises
    ------
    FileExistsError     if the folder is there already, by then or from the beginning: it stays
    """
    part = _beside(folder)
    part.mkdir(parents=True)
    try:
        yield part
        for path in (*part.rglob("*"), part):
            _sync(path)
        try:
            part.replace(folder)
        except OSError as error:
            raise (FileExistsError(folder) if folder.exists() else error) from error
        _sync(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _beside(path: Path) -> Path:
    """A hidden neighbour that no other process, thread or call uses."""
    return path.with_name(f".{path.name}.part{os.getpid()}-{threading.get_ident()}-{next(_CALLS)}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
