"""The process's own temporary folders: nobody else may read them, and they do not outlive it, even a killed one.

What spills to disk, and copies that are looked at, hold customers; a killed process cannot remove them itself.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PREFIX = "perennial-"
_ASIDE = ".aside-"
_HELD = ".held"  # locked for as long as the process lives; whoever can lock it knows that the process is gone


def scratch(name: str) -> Path:
    """A new folder in the process's own temporary folder; gone when the process ends or the next starts."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=own_folder()))


def own_folder() -> Path:
    """The process's temporary folder, made at its first use; those of killed processes are removed then."""
    found = _of_process(os.getpid(), tempfile.gettempdir())
    if not found.is_dir():  # somebody tidied up
        _of_process.cache_clear()
        return own_folder()
    return found


@cache
def _of_process(number: int, place: str) -> Path:
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    _hold(folder)
    atexit.register(_remove, folder, number)
    return folder


@contextmanager
def aside(place: Path, name: str) -> Iterator[Path]:
    """A new folder at a place, for what must lie on its disk, gone at the end; what was left so there goes first."""
    remove_aside(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{_ASIDE}{name}-", dir=place))
    handle = _hold(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def remove_aside(place: Path) -> int:
    """Remove what killed processes left aside at a place; how many folders there were."""
    return sum(_removed(held) for held in place.glob(f"{_ASIDE}*/{_HELD}"))


def _hold(folder: Path) -> int:
    """Lock a new folder for as long as this process lives, or until the handle is closed."""
    beside = folder / f"{_HELD}.new"
    handle = os.open(beside, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.link(beside, folder / _HELD)  # locked before anybody can find it
    beside.unlink()
    return handle


def _remove(folder: Path, number: int) -> None:
    if os.getpid() == number:  # a child that was forked ends before its parent
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned() -> int:
    """Remove the temporary folders of processes that were killed.

    Returns
    -------
    int     how many there were; folders of other users, and whatever this module did not make, are left alone
    """
    return sum(_removed(held) for held in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_HELD}"))


def _removed(held: Path) -> bool:
    try:
        handle = os.open(held, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:  # another user's, or gone meanwhile
        return False
    try:
        if os.fstat(handle).st_uid != os.getuid() or held.parent.is_symlink():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        shutil.rmtree(held.parent, ignore_errors=True)
        return True
    finally:
        os.close(handle)
