"""The features of a Release as SQL, checked before it is run."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.errors import ReleaseError
from scoring.release import Release
from scoring.verified_files import verified_bytes
from serving.contract.ledger_rows import Same

CUTOFF = "cutoff"
SQL_FILE, SOURCES_FILE = "features.sql", "features.sql.json"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TYPE = re.compile(r"(VARCHAR|DOUBLE|BOOLEAN|TIMESTAMP|DECIMAL\(\d+, \d+\))")


@dataclass(frozen=True)
class Statement:
    """The Release's features as SQL.

    Attributes
    ----------
    names : the feature columns it gives, in order, after customer_id and cutoff
    sources : canonical table → {column: DuckDB type} it reads
    same : columns that tell that a row was delivered before, as the release names them
    """

    sql: str
    names: tuple[str, ...]
    sources: Mapping[str, Mapping[str, str]]
    same: Same


def statement_of(release: Release) -> Statement | None:
    """The feature SQL of a release; None when it was exported without.

    Raises
    ------
    ReleaseError   if it is not what its digest says or names what no table has
    """
    files = release.manifest["files"]
    if SQL_FILE not in files or SOURCES_FILE not in files:
        return None
    sql = verified_bytes(release.folder, SQL_FILE, files[SQL_FILE]).decode()
    plain = json.loads(verified_bytes(release.folder, SOURCES_FILE, files[SOURCES_FILE]))
    for table, columns in plain["sources"].items():
        for name, kind in columns.items():
            if not (_NAME.fullmatch(table) and _NAME.fullmatch(name) and _TYPE.fullmatch(kind)):
                raise ReleaseError(f"{SOURCES_FILE} names a column serving does not read ({table}.{name} {kind}).")
    for table, kinds in release.same.items():
        for name in (table, *(column for columns in kinds.values() for column in columns)):
            if not _NAME.fullmatch(name):
                raise ReleaseError(f"features.json names a column serving does not read ({name}).")
    return Statement(sql, tuple(plain["names"]), plain["sources"], release.same)


def prepared(sql: str, tables: Mapping[str, Mapping[str, str]]) -> str:
    """The feature SQL over lists of rows in place of tables.

    Planning is most of what a single customer waits for. DuckDB plans a prepared statement anew whenever it reads a
    table, or when a parameter stands in it twice; a list given once as a parameter leaves the plan as it is.
    """
    lists = ", ".join(
        f'"{table}" AS (SELECT {CUTOFF}, unnest(CAST(${number} AS STRUCT({typed(columns)})[]), recursive := true) '
        "FROM moment)"
        for number, (table, columns) in enumerate(tables.items(), 2)
    )
    return (
        f"PREPARE features AS WITH moment AS (SELECT CAST($1 AS TIMESTAMP) AS {CUTOFF}), {lists} SELECT * FROM ({sql})"
    )


def typed(columns: Mapping[str, str]) -> str:
    """SQL of a table's columns with their types, the customer's number before them."""
    return ", ".join(f'"{name}" {kind}' for name, kind in {"key": "INTEGER", **columns}.items())
