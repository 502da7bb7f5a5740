"""A file replaced while it is read: the read is of one file, whole, or there is none."""

import threading
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.errors import ServingError
from serving.snapshot.parquet_files import connected
from serving.snapshot.steady_read import unchanged_while


def put(path: Path, count: int) -> None:
    """A table whose every row tells how many there are."""
    part = path.with_suffix(".part")
    pq.write_table(pa.table({"who": [f"P{i % 7}" for i in range(count)], "count": [count] * count}), part)
    part.replace(path)


def test_duckdb_reads_one_file_whole_while_it_is_replaced(tmp_path: Path) -> None:
    path, ended = tmp_path / "orders.parquet", threading.Event()
    put(path, 500)

    def replace() -> None:
        count = 500
        while not ended.wait(0.01):
            count = count - 1 if count > 400 else 500
            put(path, count)

    connection, whole = connected(tmp_path), 0
    writer = threading.Thread(target=replace)
    writer.start()
    sql = 'SELECT DISTINCT "count", count(*) OVER () FROM read_parquet(?)'
    try:
        for _ in range(300):
            with suppress(ServingError):  # on a busy machine no try may be quick enough
                found = unchanged_while([path], lambda: connection.execute(sql, [str(path)]).fetchall())
                assert len(found) == 1 and found[0][0] == found[0][1]
                whole += 1
    finally:
        ended.set()
        writer.join()
        connection.close()
    assert whole


def test_an_error_of_a_file_that_stays_is_raised_the_second_time(tmp_path: Path) -> None:
    calls = []

    def read() -> None:
        calls.append(1)
        raise KeyError("orders")

    with pytest.raises(KeyError):
        unchanged_while([tmp_path / "none"], read)
    assert len(calls) == 2


def test_files_that_never_rest_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sizes = iter(range(1, 1_000))
    with pytest.raises(ServingError, match="rewritten during every try"):
        unchanged_while([path], lambda: path.write_bytes(b"x" * next(sizes)))
