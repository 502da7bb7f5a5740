"""What every step from a source's rows to a canonical table needs to know."""

from dataclasses import dataclass
from typing import Literal

from features.ingest.reading.mapping import Mapped, TableMapping
from features.ingest.source.config import Source
from features.ingest.source.database import Database, identifier, literal
from features.ingest.source.load import Raw
from features.tables import Column, Table

_WHOSE = ("customer_id", "source", "order_id", "message_id")


@dataclass(frozen=True)
class IngestStep:
    """One table on its way, in one database.

    Attributes
    ----------
    timezone, shop : str        the shop's
    latest : str                SQL of the moment after which nothing can have happened: its files were written then
    began : str                 the same where the files' stamps prove false: this ingest began then
    secret : str                hexadecimal key that identities are hashed with
    """

    database: Database
    table: Table
    source: Source
    raw: Raw
    mapping: TableMapping
    timezone: str
    shop: str
    latest: str
    began: str
    secret: str

    def name(self, step: str) -> str:
        """The relation a step of this table leaves."""
        return f"{step}_{self.table.name}"

    @property
    def numbers_orders(self) -> bool:
        """Whether orders come without a number and get one of customer and moment."""
        return self.table.name == "orders" and "order_id" not in self.mapping.names

    @property
    def expressions(self) -> tuple[Mapped, ...]:
        """Everything computed from the source, `where` included."""
        return (*self.mapping.columns, *([self.mapping.where] if self.mapping.where else []))

    @property
    def read_as_numbers(self) -> tuple[str, ...]:
        """Text columns of the source that expressions read as numbers."""
        return tuple(dict.fromkeys(name for mapped in self.expressions for name in mapped.numbers))

    @property
    def columns(self) -> str:
        """The columns a shop may give the table, as SQL."""
        return ", ".join(identifier(column.name) for column in self.table.columns)


def sql_type(column: Column) -> str:
    """A canonical column's DuckDB type."""
    return {
        "id": "VARCHAR", "text": "VARCHAR", "moment": "TIMESTAMP",
        "money": "DECIMAL(18, 4)", "number": "DOUBLE", "flag": "BOOLEAN",
    }[column.role]  # fmt: skip


def key_text(table: Table) -> str:
    """SQL of the key a message may show: ids only, never personal values."""
    ids = [column.name for column in table.columns if column.role == "id" and column.required]
    keys = [name for name in table.key if name in ids] or ids
    shown = f"nullif(concat_ws('/', {', '.join(identifier(name) for name in keys)}), '')"
    return f"coalesce({shown}, customer_id)" if table.takes("customer_id") and table.guests else shown


def refuse(step: IngestStep, rows: str) -> None:
    """Put rows into quarantine.

    Parameters
    ----------
    rows : str      SQL of "column", reason, key, row (JSON), lines, and what `whose` names
    """
    step.database.run(f"INSERT INTO {step.name('refused')} {rows}")


def begin_account(step: IngestStep) -> None:
    """Begin with an empty quarantine and nothing left out."""
    columns = '"column" VARCHAR, reason VARCHAR, key VARCHAR, row VARCHAR, lines BIGINT'
    columns += "".join(f", {name} VARCHAR" for name in _WHOSE)
    step.database.run(f"CREATE TABLE {step.name('refused')} ({columns})")
    step.database.run(f"CREATE TABLE {step.name('left_out')} (why VARCHAR, lines BIGINT)")


def forget(step: IngestStep) -> None:
    """Free a table's rows, once it is written and every table that takes from it is joined."""
    held = {step.name(left) for left in ("read", "gathered", "joined")}
    for (name,) in step.database.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary"):
        if name in held:
            step.database.run(f"DROP TABLE {identifier(name)}")


def leave_out(step: IngestStep, why: Literal["filtered", "duplicates", "erased"], lines: int) -> None:
    """Count source rows that are neither kept nor refused."""
    step.database.run(f"INSERT INTO {step.name('left_out')} VALUES (?, ?)", [why, lines])


def refused_whole(column: str, reason: str, table: Table, relation: str) -> str:
    """SQL that refuses canonical rows as they stand, for `refuse`."""
    return (
        f"SELECT {literal(column)}, {literal(reason)}, {key_text(table)}, CAST(to_json(whole) AS VARCHAR), _lines, "
        f"{whose(table)} FROM {relation} AS whole"
    )


def whose(table: Table) -> str:
    """SQL of the ids by which a refused row can be told to be somebody's: NULL where the table has none."""
    own = {"customer_id": "source_customer_id"} if table.name == "identities" else {}
    names = [own.get(name, name) for name in _WHOSE]
    return ", ".join(identifier(name) if table.takes(name) else "NULL::VARCHAR" for name in names)
