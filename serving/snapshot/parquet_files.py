"""Parquet files of a shop under DuckDB that can read their folder and nothing else, and rows taken out of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from scoring.verified_files import replacing
from serving.errors import SnapshotError

ReadError = duckdb.Error  # what reading a file that is none, or is damaged, ends with
# As ingest writes it; without a temporary file of DuckDB's own, which a kill would leave where nobody sweeps.
_PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480, USE_TMP_FILE false"
MEMORY = "256MB"  # of twenty customers with every kind of event, features need 160; a call may not take the machine
_HOLDERS = {"customer_id", "source_customer_id"}  # columns that name a customer


def connected(folder: Path | None) -> Any:
    """An in-memory database that can read the history and nothing else; the order of the settings matters."""
    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 1},
    )
    allowed = [str(folder.resolve())] if folder is not None else []
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute(f"SET allowed_directories = {_quoted(allowed)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def remove_customers(path: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    """Rewrite a Parquet file without some customers' rows, whole or not at all; rows removed, by customer id.

    Raises
    ------
    SnapshotError   if the file cannot be read or written
    """
    with _looking_into(path) as connection:
        found, whose, given = _rows_of(connection, path, customer_ids)
        if found:
            kept = f"SELECT * FROM read_parquet($path) WHERE {whose} IS NULL"
            with replacing(path) as part:
                connection.execute(f"COPY ({kept}) TO '{_escaped(part)}' ({_PARQUET})", given)
        return found


def drop_with(path: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    """Remove a Parquet file if some customers are in it; their rows, by customer id.

    Raises
    ------
    SnapshotError   if the file cannot be read
    """
    with _looking_into(path) as connection:
        found, *_ = _rows_of(connection, path, customer_ids)
    if found:
        path.unlink(missing_ok=True)
    return found


@contextmanager
def _looking_into(path: Path) -> Iterator[Any]:
    connection = connected(path.parent)
    try:
        yield connection
    except duckdb.Error as error:  # its message may quote a value of a row
        raise SnapshotError(f"{path.name} cannot be rewritten ({type(error).__name__}).") from None
    finally:
        connection.close()


def _rows_of(connection: Any, path: Path, customer_ids: Sequence[str]) -> tuple[dict[str, int], str, dict[str, Any]]:
    """How many rows each customer has, the expression that tells whose a row is, and what it is given."""
    columns = {row[0] for row in connection.execute("SELECT name FROM parquet_schema(?)", [str(path)]).fetchall()}
    holders = sorted(columns & _HOLDERS)
    if not holders:
        return {}, "NULL", {}
    # The first of a row's ids that is to go; NULL keeps the row.
    asked = "(SELECT unnest(CAST($ids AS VARCHAR[])))"
    whose = ", ".join(f'CASE WHEN "{name}" IN {asked} THEN "{name}" END' for name in holders)
    whose = f"coalesce({whose}, NULL)"
    given = {"path": str(path), "ids": list(customer_ids)}
    counted = f"SELECT {whose} AS whose, count(*) FROM read_parquet($path) GROUP BY whose HAVING whose IS NOT NULL"
    return {str(one): int(count) for one, count in connection.execute(counted, given).fetchall()}, whose, given


def _quoted(texts: Sequence[str]) -> str:
    inside = ", ".join(f"'{_escaped(text)}'" for text in texts)
    return f"[{inside}]"


def _escaped(text: Path | str) -> str:
    return str(text).replace("'", "''")
