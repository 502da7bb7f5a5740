import errno

import duckdb
import pytest

from features.exhausted import exhausted


def test_a_database_that_has_too_little_memory_is_told_from_one_that_cannot_read() -> None:
    small = duckdb.connect(config={"memory_limit": "4MB", "threads": 1})
    small.execute("SET max_temp_directory_size = '0KB'")
    with pytest.raises(duckdb.Error) as out:
        small.execute("SELECT list(range) FROM range(5_000_000)").fetchall()
    with pytest.raises(duckdb.Error) as wrong:
        small.execute("SELECT nonsense")
    assert (exhausted(out.value), exhausted(wrong.value)) == ("limit", "")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk"),
        (RuntimeError("std::bad_alloc"), "memory"),
        (RuntimeError("IO Error: Could not write file: No space left on device"), "disk"),
        (RuntimeError("(sqlite3.OperationalError) disk I/O error"), "unwritten"),
        (OSError(errno.EACCES, "Permission denied"), ""),
        (ValueError("5 is no number"), ""),
    ],
)
def test_it_is_found_behind_what_it_led_to(error: Exception, what: str) -> None:
    assert exhausted(error) == what
    try:
        raise ValueError("a step failed") from error
    except ValueError as after:
        assert exhausted(after) == what
    assert exhausted(None) == ""
