"""The features of a Release as SQL, checked before it is run."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.errors import ReleaseError
from scoring.release import Release
from scoring.verified_files import verified_bytes
from serving.contract.ledger_rows import Same

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
