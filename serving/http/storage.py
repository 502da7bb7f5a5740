"""Which failures are the disk's or the database's: they pass, so a caller is told to come back instead of 500."""

import errno
import sqlite3

from serving.errors import RequestError

_SQLITE = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_IOERR: "failing",
    sqlite3.SQLITE_CANTOPEN: "failing",
}
_SYSTEM = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read-only", errno.EIO: "failing"}
_TOLD = {
    "busy": ("The service's database is in use by another process; try again shortly.", 1),
    "full": ("The service's disk is full; try again when its operator has freed some.", 30),
    "read-only": ("The service's disk cannot be written; try again when its operator has mended it.", 30),
    "failing": ("The service's disk does not answer as it should; try again when its operator has mended it.", 30),
}


def storage_problem(error: BaseException) -> RequestError | None:
    """A 503 for what the disk or the database refused; None for every other error."""
    why = _why(error) or (_why(error.__cause__) if error.__cause__ else None)
    if why is None:
        return None
    message, seconds = _TOLD[why]
    return RequestError(503, "storage", message, retry_after=seconds)


def _why(error: BaseException) -> str | None:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return None if code is None else _SQLITE.get(code & 0xFF)
    if isinstance(error, OSError) and error.errno is not None:
        return _SYSTEM.get(error.errno)
    return None
