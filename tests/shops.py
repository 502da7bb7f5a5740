"""Small shops for tests: canonical Parquet from plain rows, without ingest.

>>> shop = make_shop(folder, orders=[{"order_id": "1", "customer_id": "a", "happened_at": noon, "amount": 5}])
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.channels import Channels, default
from features.shop import Shop, ShopSettings
from features.tables import TABLES, Table

Rows = Sequence[Mapping[str, Any]]


def make_shop(folder: Path, **tables: Rows) -> Shop:
    """A shop over canonical tables in `folder`; columns that no row names are absent from it.

    What ingest would do to a gap is done here: `known_at` is `happened_at`, a negative amount is a return, a quantity
    is 1, a line has the clocks of its order and the category of its product, a response the channel of its message.
    """
    return write_shop(folder, canonical(tables), _given(tables))


def by_mail(basis: str | None = "existing customers") -> Channels:
    """Channels of a shop that may write by mail on this basis."""
    return Channels({"mail": replace(default("mail"), contact=basis)})


def canonical(tables: Mapping[str, Rows]) -> dict[str, list[dict[str, Any]]]:
    """Rows with every canonical and derived column, as ingest would leave them; exact duplicates are dropped."""
    full: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(tables, key=lambda name: name in ("order_lines", "responses")):
        rows = [_filled(TABLES[name], row, full) for row in tables[name]]
        full[name] = list({tuple(row.items()): row for row in rows}.values())
    return full


def write_shop(folder: Path, tables: Mapping[str, Rows], present: Mapping[str, Iterable[str]]) -> Shop:
    """Write canonical rows as they stand, and open them as a shop."""
    for name, rows in tables.items():
        schema = TABLES[name].schema
        columns = {field.name: pa.array([row[field.name] for row in rows], field.type) for field in schema}
        pq.write_table(pa.table(columns, schema=schema), folder / f"{name}.parquet")
    newest = max((row["known_at"] for rows in tables.values() for row in rows if row.get("known_at")), default=None)
    return Shop(
        name="test-shop",
        timezone="UTC",
        currency="EUR",
        folder=folder,
        data=folder,
        digest="0" * 64,
        present={name: frozenset(columns) for name, columns in present.items()},
        rows={name: len(rows) for name, rows in tables.items()},
        settings=ShopSettings(),
        reconciliation=(),
        findings=(),
        newest_known_at=newest or datetime(1970, 1, 1),
    )


def everything(tables: Mapping[str, Rows]) -> dict[str, frozenset[str]]:
    """`present` of a shop that was given every column of its tables."""
    return {name: frozenset(column.name for column in TABLES[name].columns) for name in tables}


def _given(tables: Mapping[str, Rows]) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(column for row in rows for column in row if column in {c.name for c in TABLES[name].columns})
        for name, rows in tables.items()
    }


def _filled(table: Table, row: Mapping[str, Any], full: Mapping[str, Rows]) -> dict[str, Any]:
    filled = {column.name: row.get(column.name) for column in table.all_columns}
    for column, origin in table.joined_from.items():
        if filled[column] is None and origin != table.name:
            filled[column] = _joined(column, origin, filled, full)
    if table.name == "responses":
        filled["is_machine"] = bool(filled["is_machine"])
    if table.name == "order_lines" and filled["quantity"] is None:
        filled["quantity"] = 1.0
    if table.name == "orders" and filled["kind"] is None:
        filled["kind"] = "return" if filled["amount"] < 0 else "order"
    if table.name == "customers" and filled["happened_at"] is None:
        filled["happened_at"] = filled["known_at"] or datetime(1970, 1, 1)
    if "happened_at" in filled and filled["known_at"] is None:
        filled["known_at"] = filled["happened_at"]
    return {name: _exact(table, name, value) for name, value in filled.items()}


def _joined(column: str, origin: str, row: Mapping[str, Any], full: Mapping[str, Rows]) -> Any:
    key = {"orders": "order_id", "products": "product_id", "messages": "message_id"}[origin]
    found = next((one for one in full.get(origin, ()) if one[key] == row[key]), None)
    return None if found is None else found["happened_at" if column == "sent_at" else column]


def _exact(table: Table, name: str, value: Any) -> Any:
    if value is not None and table.column(name).type.startswith("decimal"):
        return Decimal(str(value)).quantize(Decimal("0.0001"))
    return value
