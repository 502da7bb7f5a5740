"""The database ingest runs in: in memory, spilling beside its output, and shut off from everything else."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from features.exhausted import exhausted
from features.machine import memory_limit

_MEMORY = 2 * 2**30
DatabaseError = duckdb.Error


class ExhaustedError(Exception):
    """Memory or the disk ran out while the database worked: no file and no expression is to blame."""


class Database:
    """A DuckDB that reads and writes only the folders it was opened with.

    A shop's expressions are its owner's, but they come with files that may not be: nothing they say can load an
    extension, reach the network or open another file.

    Parameters
    ----------
    folders : iterable of Path      all it may read and write
    work : Path                     one of them; what does not fit into memory goes there
    memory : str or None            DuckDB's limit; None takes half of what the process may use, 2 GiB at most
    """

    def __init__(self, folders: Iterable[Path], work: Path, memory: str | None = None) -> None:
        off = ("autoinstall_known_extensions", "autoload_known_extensions")
        self._connection = duckdb.connect(":memory:", config=dict.fromkeys(off, "false"))
        allowed = ", ".join(literal(str(folder)) for folder in {*folders, work})
        for statement in (
            "SET TimeZone = 'UTC'",
            "SET enable_progress_bar = false",
            f"SET memory_limit = '{memory or memory_limit(_MEMORY)}'",
            f"SET temp_directory = {literal(str(work / 'spill'))}",
            f"SET allowed_directories = [{allowed}]",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self.run(statement)

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Execute for its effect."""
        self._executed(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Execute and fetch every row."""
        return self._executed(sql, parameters)

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Execute and fetch the first row."""
        return self.rows(sql, parameters)[0]

    def _executed(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            found: list[tuple[Any, ...]] = self._connection.execute(sql, list(parameters)).fetchall()
        except DatabaseError as error:
            if exhausted(error):
                raise ExhaustedError(str(error)) from error
            raise
        return found

    def columns(self, query: str) -> dict[str, str]:
        """Names and types of what a query or relation returns, without running it."""
        return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE {query}")}


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def hash_of(columns: str) -> str:
    """SQL of a hash that tells rows apart cheaply; two rows may share one by chance, so it never decides alone."""
    return f"hash({columns})"


def literal(text: str) -> str:
    """A text as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
