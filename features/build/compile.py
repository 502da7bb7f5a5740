"""The catalogue for one customer as SQL text: what the Release carries, and all that serving needs of features."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from features.build.join import assembled, grouped
from features.build.rows import by_rows
from features.feature import FeatureColumn
from features.known import known_before, took_place
from features.relations import CLOCKS, reads, relation
from features.tables import TABLES
from features.views import VIEWS

ASKED = "asked"
KEYED = {"key": "int32", "cutoff": "timestamp(6)"}


@dataclass(frozen=True)
class Compiled:
    """Feature SQL for DuckDB.

    Attributes
    ----------
    sql : str                   one statement; reads `asked` (key, customer_id, cutoff) and one table a source, each
                                with `key`, the `cutoff` asked for and the canonical columns in `sources`; a key is
                                one customer at one cutoff; gives customer_id, cutoff and the columns in the order of
                                `names`
    names : tuple of str        the feature columns
    sources : dict              canonical table → {column: DuckDB type} the statement reads, no more than it needs
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
    schemas = {name: _given(name, read) for name, read in sorted(_read(columns).items())}
    asked = ibis.table({**KEYED, "customer_id": "string"}, name=ASKED)
    shown = {name: _shown(ibis.table({**KEYED, **schema}, name=name), name) for name, schema in schemas.items()}
    groups = grouped(columns, fast=False)
    parts = [[by_rows(_seen(shown, group.relation), group.wanted, on=("key",))] for group in groups]
    sql = str(ibis.to_sql(assembled(asked, groups, parts, columns, on=("key",)), dialect="duckdb"))
    types = {name: {c: _duckdb_type(t) for c, t in schema.items()} for name, schema in schemas.items()}
    return Compiled(sql, tuple(column.name for column in columns), types)


def _shown(rows: ir.Table, name: str) -> ir.Table:
    return known_before(took_place(rows, name), rows.cutoff)


def _seen(shown: Mapping[str, ir.Table], name: str) -> ir.Table:
    return VIEWS[name].derive(shown) if name in VIEWS else shown[name]


def _read(columns: Iterable[FeatureColumn]) -> dict[str, set[str]]:
    """The columns of each canonical table that some feature reads, with those by which serving puts an event in place.

    Every value of every row is handed over for each customer asked, so what nobody reads is left behind.
    """
    read: dict[str, set[str]] = {}
    for column in columns:
        for name, names in reads(column.feature.relation, column.expression).items():
            read.setdefault(name, {*CLOCKS, *TABLES[name].key}).update(names)
    if "orders" in read:
        read["orders"].add("kind")
    if "responses" in read:
        read["responses"].add("message_id")
        messages = {*CLOCKS, "message_id", *(read["responses"] & {"channel", "campaign_id"})}
        read.setdefault("messages", set()).update(messages)
    if "messages" in read:
        read["messages"].add("arm")
    return {name: names - {"cutoff"} for name, names in read.items()}


def _given(name: str, read: Collection[str]) -> dict[str, dt.DataType]:
    return {column: type_ for column, type_ in relation(name).schema().items() if column in read}


def _duckdb_type(type_: dt.DataType) -> str:
    if type_.is_decimal():
        return f"DECIMAL({type_.precision}, {type_.scale})"
    if type_.is_timestamp():
        return "TIMESTAMP"
    return {"string": "VARCHAR", "float64": "DOUBLE", "boolean": "BOOLEAN"}[str(type_)]
