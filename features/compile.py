"""The catalogue for one customer as SQL text: what the Release carries, and all that serving needs of features."""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt

from features.feature import FeatureColumn
from features.join import join_by_rows, with_shown_at
from features.relations import relation, sources_of

ASKED = "asked"


@dataclass(frozen=True)
class Compiled:
    """Feature SQL for DuckDB.

    Attributes
    ----------
    sql : str                   one statement; reads `asked` (key, asked, customer_id, cutoff) and one table a source,
                                each with `key` and the canonical columns in `sources`; gives customer_id, cutoff and
                                the columns in the order of `names`
    names : tuple of str        the feature columns
    sources : dict              canonical table → {column: DuckDB type} the statement reads
    """

    sql: str
    names: tuple[str, ...]
    sources: dict[str, dict[str, str]]


def compile_for_one(columns: Iterable[FeatureColumn]) -> Compiled:
    """Compile columns, by rows, to a statement that serves any spine over tables held in memory.

    Parameters
    ----------
    columns : iterable of FeatureColumn

    Returns
    -------
    Compiled
    """
    columns = tuple(columns)
    names = sorted({source for column in columns for source in sources_of(column.feature.relation)})
    asked = ibis.table(
        {"key": "int32", "asked": "int32", "customer_id": "string", "cutoff": "timestamp(6)"}, name=ASKED
    )
    schemas = {name: _given(name) for name in names}
    tables = {name: ibis.table({"key": dt.int32, **schema}, name=name) for name, schema in schemas.items()}
    expression = join_by_rows({name: with_shown_at(table) for name, table in tables.items()}, asked, columns)
    sql = str(ibis.to_sql(expression, dialect="duckdb"))
    types = {name: {c: _duckdb_type(t) for c, t in schema.items()} for name, schema in schemas.items()}
    return Compiled(sql, tuple(column.name for column in columns), types)


def _given(name: str) -> dict[str, dt.DataType]:
    return {column: type_ for column, type_ in relation(name).schema().items() if column != "cutoff"}


def _duckdb_type(type_: dt.DataType) -> str:
    if type_.is_decimal():
        return f"DECIMAL({type_.precision}, {type_.scale})"
    if type_.is_timestamp():
        return "TIMESTAMP"
    return {"string": "VARCHAR", "float64": "DOUBLE", "boolean": "BOOLEAN"}[str(type_)]
