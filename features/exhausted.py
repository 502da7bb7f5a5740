"""What ran out, where an error says so: memory or room on the disk, which no file of the shop is to blame for."""

import errno
import re

_MEMORY = ("OutOfMemoryException", "ArrowMemoryError")  # DuckDB's and Arrow's
_MEMORY_TOLD = (
    "bad_alloc", "bad allocation", "Unable to allocate", "Cannot allocate memory", "failed to map segment",
    "can't start new thread",
)  # fmt: skip
_LIMIT_TOLD = re.compile(r"\([\d.]+ \w+/[\d.]+ \w+ used\)")  # by DuckDB, of what it may take
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITTEN_TOLD = ("disk I/O error",)  # by SQLite, of a write that failed: it does not say why
_DISK_TOLD = ("No space left on device", "Disk quota exceeded", "File too large", "database or disk is full")


def exhausted(error: BaseException | None) -> str:
    """Which ran out, `memory`, `disk` or the `limit` of what a database may take; an empty text where nothing says so.

    `unwritten` is a disk that is full, as far as files may grow, or failing: nobody says which.

    Libraries have no common error for it: theirs are known by name, or by the words of another one that they quote.
    """
    while error is not None:
        said = str(error)
        if _LIMIT_TOLD.search(said):
            return "limit"
        if isinstance(error, MemoryError) or type(error).__name__ in _MEMORY or _any(_MEMORY_TOLD, said):
            return "memory"
        if (isinstance(error, OSError) and error.errno in _DISK) or _any(_DISK_TOLD, said):
            return "disk"
        if _any(_UNWRITTEN_TOLD, said):
            return "unwritten"
        error = error.__cause__
    return ""


def _any(texts: tuple[str, ...], said: str) -> bool:
    return any(text in said for text in texts)
