"""A source as it lies there: one relation in the database, text files as text, nothing judged yet."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ibis
import pyarrow.parquet as pq

from features.errors import ShopError
from features.exhausted import exhausted
from features.ingest.source.config import Source
from features.ingest.source.database import Database, DatabaseError, identifier, literal
from features.ingest.source.files import database_file, is_database, is_parquet
from features.ingest.source.servers import is_server
from features.ingest.source.text_files import TextFile, readable


@dataclass(frozen=True)
class Raw:
    """A source's rows in the database.

    Attributes
    ----------
    relation : str
    columns : mapping           name → DuckDB type
    rows : int                  rows of the relation
    broken : int                lines of text files that could not be split into the header's columns
    odd : mapping               column → values that were not UTF-8 in a file that otherwise is
    below : tuple               files with lines under their table that were taken for no rows, each with what these
                                lines look like
    """

    relation: str
    columns: Mapping[str, str]
    rows: int
    broken: int = 0
    odd: Mapping[str, int] = field(default_factory=dict)
    below: tuple[tuple[str, tuple[str, ...]], ...] = ()


def load(database: Database, source: Source, paths: Sequence[Path], folder: Path, work: Path) -> Raw:
    """Bring a source into the database.

    Raises
    ------
    ShopError       if a file is empty, cut or damaged
    """
    relation = f"raw_{source.table}"
    if is_database(source) and not is_server(source):
        paths = (_exported(source, folder, work),)
    if all(is_parquet(path) for path in paths):
        return _parquet(database, relation, source.table, paths)
    if any(is_parquet(path) for path in paths):
        raise ShopError(f"table '{source.table}': {source.source} matches both CSV and Parquet. Name one kind.")
    texts = [readable(path, work, source.encoding, source.delimiter) for path in paths]
    raw = _text(database, relation, source.table, texts)
    below = tuple((path.name, text.below) for path, text in zip(paths, texts, strict=True) if text.below)
    return replace(raw, below=below)


def _parquet(database: Database, relation: str, table: str, paths: Sequence[Path]) -> Raw:
    for path in paths:
        try:
            pq.ParquetFile(path).close()
        except (OSError, ValueError) as error:
            raise ShopError(
                f"table '{table}': {path} is no whole Parquet file ({_first_line(error)}). "
                "It was cut or damaged on its way; export or copy it again."
            ) from None
    files = ", ".join(literal(str(path)) for path in paths)
    query = f"SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    try:
        database.run(f"CREATE VIEW {relation} AS {query}")
        (rows,) = database.row(f"SELECT count(*) FROM {relation}")
    except DatabaseError as error:
        raise ShopError(f"table '{table}': its Parquet files do not fit together. {_first_line(error)}") from None
    return Raw(relation, database.columns(relation), rows)


def _text(database: Database, relation: str, table: str, texts: Sequence[TextFile]) -> Raw:
    broken = 0
    odd: dict[str, int] = {}
    for place, text in enumerate(texts):
        _copy(database, f"{relation}_{place}", text)
        broken += _broken(database, f"{relation}_{place}")
        if text.odd_lines is not None:
            odd_text = TextFile(text.odd_lines, text.columns, text.delimiter)
            for column, count in _odd(database, f"{relation}_{place}_odd", odd_text).items():
                odd[column] = odd.get(column, 0) + count
    parts = " UNION ALL BY NAME ".join(f"SELECT * FROM {relation}_{place}" for place in range(len(texts)))
    database.run(f"CREATE VIEW {relation} AS {parts}")
    (rows,) = database.row(f"SELECT count(*) FROM {relation}")
    return Raw(relation, database.columns(relation), rows, broken, odd)


def _copy(database: Database, relation: str, text: TextFile) -> None:
    # Strict first: it reports more. It gives up on files that mix line ends, which lenient reading takes.
    try:
        database.run(f"CREATE TABLE {relation} AS {_reader(relation, text, strict=True)}")
    except DatabaseError:
        database.run(f"DROP TABLE IF EXISTS {relation}_broken")
        database.run(f"CREATE TABLE {relation} AS {_reader(relation, text, strict=False)}")


def _reader(relation: str, text: TextFile, strict: bool) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in text.columns)
    suffix = "" if strict else "_lenient"
    return f"""
        SELECT * FROM read_csv({literal(str(text.path))}, columns = {{{columns}}}, auto_detect = false, header = false,
            skip = {text.skip}, delim = {literal(text.delimiter)}, quote = '"', escape = '"', strict_mode = {strict},
            ignore_errors = true, store_rejects = true, rejects_table = '{relation}_broken{suffix}',
            rejects_scan = '{relation}_scan{suffix}')
    """


def _broken(database: Database, relation: str) -> int:
    """Lines refused: one that never closes its quotes swallows all that follow, and they count too."""
    found = 0
    for name in (f"{relation}_broken", f"{relation}_broken_lenient"):
        if database.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]):
            (found,) = database.row(
                f"""SELECT coalesce(sum(greatest(1, lines)), 0)::BIGINT FROM (
                    SELECT max(len(regexp_extract_all(rtrim(csv_line, chr(10)), chr(10))) + 1) AS lines
                    FROM {name} GROUP BY line)"""
            )
    return int(found)


def _odd(database: Database, relation: str, text: TextFile) -> dict[str, int]:
    """Columns in which lines of another encoding hold what could not be decoded, and in how many."""
    _copy(database, relation, text)
    counts = ", ".join(f"count(*) FILTER (contains({identifier(name)}, chr(65533)))" for name in text.columns)
    found = database.row(f"SELECT {counts} FROM {relation}")
    return {name: count for name, count in zip(text.columns, found, strict=True) if count}


def _exported(source: Source, folder: Path, work: Path) -> Path:
    """Copy a database's table to Parquet, batch by batch."""
    path = database_file(source, folder)
    address, _, name = source.source.partition("::")
    backend = address.split("://", 1)[0]
    copy = work / f"{source.table}.source.parquet"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ibis 12 asks pandas 3 for an option that goes away
            _export(backend, path, name, copy)
    except Exception as error:  # ibis raises whatever its backends raise
        if exhausted(error):
            raise
        raise ShopError(
            f"table '{source.table}': {source.source} cannot be read. {_first_line(error)} "
            "Give an existing table as duckdb:///file.db::table or sqlite:///file.db::table."
        ) from error
    return copy


def _export(backend: str, path: Path, name: str, copy: Path) -> None:
    *schema, table_name = name.rsplit(".", 1)
    if backend == "duckdb":
        connection = ibis.duckdb.connect(path, read_only=True)
        table = connection.table(table_name, database=schema[0] if schema else None)
    else:
        connection = ibis.sqlite.connect(path)
        table = connection.table(table_name)
        # A SQLite column may hold anything whatever its type says: it is read as text is, value by value.
        table = table.select(**{column: table[column].cast("string") for column in table.columns})
    table.to_parquet(copy)
    connection.disconnect()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300]
