"""What a canonical table is: typed columns on disk, some given by the shop and some filled at ingest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

Role = Literal["id", "text", "moment", "money", "number", "flag"]

TYPES: Mapping[Role, tuple[str, pa.DataType]] = MappingProxyType(
    {
        "id": ("string", pa.string()),
        "text": ("string", pa.string()),
        "moment": ("timestamp(6)", pa.timestamp("us")),
        "money": ("decimal(18, 4)", pa.decimal128(18, 4)),
        "number": ("float64", pa.float64()),
        "flag": ("boolean", pa.bool_()),
    }
)


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    name : str
    role : id, text, moment, money, number or flag
    about : str                     its meaning, and its unit where it has one
    required : bool                 a shop that gives the table must give this column, without gaps
    default : str or None           what ingest fills a gap with
    values : tuple of str           the only values allowed; empty means any
    low, high : float or None       the range allowed, bounds included
    above : float or None           a bound below the range that is not part of it
    refers : str or None            the table whose key it names
    """

    name: str
    role: Role
    about: str = ""
    required: bool = False
    default: str | None = None
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: float | None = None
    refers: str | None = None

    @property
    def type(self) -> str:
        """The column's type as Ibis writes it."""
        return TYPES[self.role][0]

    @property
    def arrow(self) -> pa.DataType:
        """How the column lies on disk."""
        return TYPES[self.role][1]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    name : str
    about : str
    columns : tuple of Column       what a shop may give, in the order they lie on disk
    derived_columns : tuple of Column
                                    filled at ingest from the tables named in `joined_from`, after `columns`
    key : tuple of str              columns that tell rows apart; empty where only whole rows do
    keyed_kind : str or None        only rows of this kind keep to the key (a return may repeat its order's)
    same : mapping                  kind of row → columns that tell that a row was delivered before, by whatever way it
                                    came; "" stands for every other kind
    guests : bool                   rows without a customer_id are accepted
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    derived_columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    keyed_kind: str | None = None
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guests: bool = False
    joined_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Given and derived columns, in the order they lie on disk."""
        return self.columns + self.derived_columns

    @property
    def schema(self) -> pa.Schema:
        """The table's Parquet schema."""
        return pa.schema([(column.name, column.arrow) for column in self.all_columns])

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.all_columns}[name]

    def has(self, name: str) -> bool:
        """Whether the table has a column of that name, given or derived."""
        return any(column.name == name for column in self.all_columns)

    def takes(self, name: str) -> bool:
        """Whether a shop may give a column of that name."""
        return any(column.name == name for column in self.columns)


def moments(required: bool = True) -> tuple[Column, Column]:
    """The two clocks of a ledger."""
    return (
        Column("happened_at", "moment", "when it took place", required=required),
        Column("known_at", "moment", "when it reached us; happened_at where absent"),
    )


CUSTOMER = Column("customer_id", "id", "who; empty for a guest", required=True)
SOURCE = Column("source", "text", "the system the customer_id comes from; the shop's name where absent")
