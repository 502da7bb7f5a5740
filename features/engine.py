"""Where expressions run. The one file that names DuckDB and Spark."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.files import replacing


class Engine(Protocol):
    """What the rest of features asks of an engine; expressions are the same on each."""

    name: str

    def read(self, path: Path) -> ir.Table:
        """Open a Parquet file or folder lazily."""
        ...

    def table(self, rows: pa.Table) -> ir.Table:
        """Hand over rows made in this process (spines, calendars)."""
        ...

    def keep(self, expression: ir.Table) -> ir.Table:
        """Compute once what several later expressions read; it lives as long as the engine."""
        ...

    def arrow(self, expression: ir.Expr) -> pa.Table:
        """Compute and fetch."""
        ...

    def write(self, expression: ir.Table, path: Path) -> None:
        """Compute into one Parquet file that appears whole or not at all, in the expression's order."""
        ...

    def close(self) -> None:
        """Let go of memory and files."""
        ...


class DuckDB:
    """The default engine: in this process, in memory, spilling to disk where it must.

    Parameters
    ----------
    threads : int or None     None takes what the machine has
    memory : str or None      DuckDB's memory limit, such as "4GB"
    spill : Path or None      folder for what does not fit
    """

    name = "duckdb"

    def __init__(self, threads: int | None = None, memory: str | None = None, spill: Path | None = None) -> None:
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if threads:
            settings["threads"] = threads
        if memory:
            settings["memory_limit"] = memory
        if spill:
            settings["temp_directory"] = str(spill)
        self._ibis = ibis.duckdb.connect(":memory:", **settings)
        self._sql = self._ibis.con
        self._sql.execute("SET TimeZone = 'UTC'")
        self._sql.execute("SET enable_progress_bar = false")
        self._names = (f"kept_{number}" for number in itertools.count())

    def read(self, path: Path) -> ir.Table:
        return self._ibis.read_parquet(str(path))

    def table(self, rows: pa.Table) -> ir.Table:
        name = next(self._names)
        self._sql.register(f"{name}_rows", rows)
        self._sql.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_rows")
        self._sql.unregister(f"{name}_rows")
        return self._ibis.table(name)

    def keep(self, expression: ir.Table) -> ir.Table:
        name = next(self._names)
        self._sql.execute(f"CREATE TEMP TABLE {name} AS {self._ibis.compile(expression)}")
        return self._ibis.table(name)

    def arrow(self, expression: ir.Expr) -> pa.Table:
        return self._ibis.to_pyarrow(expression)

    def write(self, expression: ir.Table, path: Path) -> None:
        query = self._ibis.compile(expression)
        with replacing(path) as part:
            self._sql.execute(f"COPY ({query}) TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)")

    def close(self) -> None:
        self._ibis.disconnect()


@contextmanager
def opened(engine: Engine | None) -> Iterator[Engine]:
    """The engine given, left open; or a DuckDB of our own, closed at the end."""
    if engine is not None:
        yield engine
        return
    own = DuckDB()
    try:
        yield own
    finally:
        own.close()


def _quoted(path: Path) -> str:
    """A path inside a single-quoted SQL string: COPY takes no parameter for it."""
    return str(path).replace("'", "''")
