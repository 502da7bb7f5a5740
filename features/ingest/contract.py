"""The contract of every canonical table, declared for pandera, and proven on what is about to be kept.

Rows that break it were quarantined one by one, each with its reason, in checks.py; pandera names columns and counts,
not rows. Here a second pair of eyes reads the finished Parquet: whatever it finds is our fault, not the shop's.
"""

import warnings
from collections.abc import Iterable
from pathlib import Path

import ibis
import pandera.ibis as pandera
from pandera.errors import SchemaErrors

from features.engine import Engine
from features.errors import DataError
from features.tables import Column, Table

# Ingest leaves no gap in these, whether the shop gives them or not.
_FILLED = ("known_at", "kind", "source", "is_machine", "happened_at")


def contract(table: Table) -> pandera.DataFrameSchema:
    """Columns in order, their types, what may be NULL, allowed values and ranges."""
    return pandera.DataFrameSchema(
        {column.name: _declared(table, column) for column in table.all_columns},
        name=table.name,
        strict=True,
        ordered=True,
    )


def prove(folder: Path, tables: Iterable[Table], engine: Engine) -> None:
    """Check finished tables against their contracts.

    Raises
    ------
    DataError       naming table, column and check
    """
    for table in tables:
        rows = engine.read(folder / f"{table.name}.parquet")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # ibis 12 asks pandas 3 for an option that goes away
                contract(table).validate(rows, lazy=True)
        except SchemaErrors as errors:
            broken = sorted({f"{error.schema.name}: {error.check}" for error in errors.schema_errors})
            raise DataError(
                f"table '{table.name}' breaks its contract after every check ({'; '.join(broken)}). "
                "The fault is Perennial's; report it."
            ) from None


def _declared(table: Table, column: Column) -> pandera.Column:
    checks = []
    if column.values:
        checks.append(pandera.Check.isin(column.values, n_failure_cases=1))
    if column.low is not None:
        checks.append(pandera.Check.ge(column.low, n_failure_cases=1))
    if column.above is not None:
        checks.append(pandera.Check.gt(column.above, n_failure_cases=1))
    if column.high is not None:
        checks.append(pandera.Check.le(column.high, n_failure_cases=1))
    guest = column.name == "customer_id" and table.guests
    filled = column in table.columns and column.name in _FILLED
    return pandera.Column(ibis.dtype(column.type), checks, nullable=guest or not (column.required or filled))
