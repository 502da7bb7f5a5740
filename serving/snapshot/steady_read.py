"""Reading files that an erasure may put others in the place of at any moment."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from scoring.errors import ServingError

T = TypeVar("T")

_TRIES = 40
_PAUSE = 0.02  # seconds, after some tries without


def unchanged_while(files: Iterable[Path], read: Callable[[], T]) -> T:
    """What `read` returned while all of the files stayed the same; it is called again when one changed meanwhile.

    DuckDB opens a file by its name more than once within a statement. A file that was replaced in between gives an
    error at best, and at worst the bytes of one file read by the directory of another.

    Raises
    ------
    ServingError   if they changed during every try
    """
    paths = list(files)
    before, failed_before = _versions(paths), False
    for attempt in range(_TRIES):
        found: T | None = None
        failed: Exception | None = None
        try:
            found = read()
        except Exception as error:  # judged below: of files that changed it says nothing
            failed = error
        after = _versions(paths)
        if before == after and failed is None:
            return found  # type: ignore[return-value]  # a T: it did not fail
        if before == after and failed is not None and failed_before:
            raise failed
        # DuckDB may have kept a part of a file that is gone: of one that stays, only a second failure counts.
        failed_before = before == after
        before = after
        if attempt > _TRIES // 4:
            time.sleep(_PAUSE)
    raise ServingError("The files were rewritten during every try to read them. Send the call again.")


def _versions(paths: Iterable[Path]) -> list[tuple[int, int, int] | None]:
    found: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            told = path.stat()
            found.append((told.st_ino, told.st_mtime_ns, told.st_size))
        except FileNotFoundError:
            found.append(None)
    return found
