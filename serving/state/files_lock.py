"""Locks across processes on a shop's files: one for whoever changes them, one for whoever goes on reading them.

Who changes – the night, an import, an erasure – is alone. Only an erasure takes something out of tables that others
read or learn from, so it alone also waits for readers. The kernel lets go of a lock when its holder dies, so nothing
that was interrupted can keep others out.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.clock import now
from scoring.errors import ServingError

ERASURE = "An erasure"
IMPORT = "An import"
NIGHT = "perennial score"  # one is wanted: another does not wait for it
_NAME = "files.lock"
_READERS = "readers.lock"
_LOOK_AGAIN = 0.02  # seconds


class FilesBusyError(ServingError):
    """Someone else is changing the files."""


@contextmanager
def changing_files(folder: Path, what: str, *, seconds: float = 0.0) -> Iterator[None]:
    """Be the only process, and the only thread, that changes a shop's files until the block ends.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>
    what : the work, told to those who find the lock taken: ERASURE, IMPORT or NIGHT
    seconds : how long to wait for others; a night does not wait for another one

    Raises
    ------
    FilesBusyError   with what is under way and since when
    ServingError     if the folder cannot be written
    """
    descriptor = _opened(folder, _NAME)
    try:
        _acquire(descriptor, what, time.monotonic() + seconds)
        os.ftruncate(descriptor, 0)
        told = {"what": what, "process": os.getpid(), "since": now().isoformat(timespec="seconds")}
        os.pwrite(descriptor, json.dumps(told).encode(), 0)
        yield
    finally:
        os.close(descriptor)  # lets go


@contextmanager
def reading_files(folder: Path, *, seconds: float = 0.0) -> Iterator[None]:
    """Let no erasure rewrite a shop's files until the block ends; any number may read at once.

    Whoever writes tables made of what it read – feature tables, a run – holds this from the first read to the last
    write: a table written after an erasure, of rows read before it, would bring the person back.

    Parameters
    ----------
    folder : as for `changing_files`
    seconds : how long to wait for an erasure that is at work

    Raises
    ------
    FilesBusyError   if it takes longer
    ServingError     if the folder cannot be written
    """
    descriptor = _opened(folder, _READERS)
    try:
        if not _taken(descriptor, fcntl.LOCK_SH, time.monotonic() + seconds):
            raise FilesBusyError(
                "An erasure has been rewriting this shop's files for longer than expected. Run the command again."
            )
        yield
    finally:
        os.close(descriptor)


@contextmanager
def without_readers(folder: Path) -> Iterator[None]:
    """Rewrite what others read, if nobody reads now; for who holds `changing_files` already.

    Raises
    ------
    FilesBusyError   if somebody reads
    """
    descriptor = _opened(folder, _READERS)
    try:
        if not _taken(descriptor, fcntl.LOCK_EX, time.monotonic()):
            raise FilesBusyError("Somebody is reading this shop's files, such as a training. The erasure waits.")
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int, how: int, deadline: float) -> bool:
    """Whether a lock was got before the deadline; it is tried at least once."""
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(_LOOK_AGAIN)


def _opened(folder: Path, name: str) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServingError(
            f"PERENNIAL_HOME cannot be written: {folder} ({error.strerror}). Make it writable, or name another folder."
        ) from error


def _acquire(descriptor: int, what: str, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = _holder(descriptor)
        if time.monotonic() >= deadline or (holder.get("what") == what and what == NIGHT):
            raise FilesBusyError(
                f"{holder.get('what', 'Another command')} is already running since {holder.get('since', 'just now')} "
                f"(process {holder.get('process', 'unknown')}) and changes this shop's files. "
                "Wait until it has ended, then run again."
            )
        time.sleep(_LOOK_AGAIN)


def _holder(descriptor: int) -> dict[str, str]:
    """Who holds it; empty for the moment in which they have not said so yet."""
    try:
        found = json.loads(os.pread(descriptor, 1_000, 0))
        return found if isinstance(found, dict) else {}
    except ValueError:
        return {}
