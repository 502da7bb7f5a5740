"""The shop's export: what was known at the moment it was taken, written as canonical Parquet files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.columns import arrow, moments, money, numbered, words
from simulation.contract import FORMS, schema
from simulation.deliveries import deliver
from simulation.identities import identity_table
from simulation.lateness import stamp, stamp_orders, stamp_responses
from simulation.ledger import Columns
from simulation.season import WEEK
from simulation.state import World
from simulation.stores import store_table
from simulation.words import BRANDS, CATEGORIES, DEPARTMENT_OF, DEPARTMENTS

_ROW_GROUP = 500_000
_CLOCKS = ("happened_at", "known_at", "order_id")
_IDS = {"orders": "order_id", "messages": "message_id"}
Report = Callable[[str, int, int], None]


def export(world: World, folder: Path, report: Report) -> dict[str, int]:
    """Write every canonical table into `folder`; returns rows by table. The ledgers are empty afterwards."""
    ids = world.records.ids()
    rows: dict[str, int] = {}
    steps = (_sales, _conversations, _others, _whole_tables)
    for done, step in enumerate(steps):
        report("writing tables", done, len(steps))
        rows |= step(world, folder, ids)
    report("writing tables", len(steps), len(steps))
    return dict(sorted(rows.items()))


def _sales(world: World, folder: Path, ids: pa.Array) -> dict[str, int]:
    orders = world.ledgers["orders"].columns()
    stamp_orders(world.rng("late orders"), orders, world.noise.late)
    deliver(world.rng("deliveries"), orders, world.calendar.export)
    kept = orders["known_at"] < world.calendar.export
    lines = world.ledgers["order_lines"].columns()
    rows = {"order_lines": write(folder, "order_lines", lines, kept[lines["order_id"]], ids)}
    return rows | {"orders": _write_ledger(world, folder, "orders", orders, ids)}


def _conversations(world: World, folder: Path, ids: pa.Array) -> dict[str, int]:
    messages = world.ledgers["messages"].columns()
    stamp(world.rng("late messages"), messages, world.noise.late)
    responses = world.ledgers["responses"].columns()
    stamp_responses(world.rng("late responses"), responses, messages["known_at"].astype(np.int64), world.noise.late)
    rows = {"messages": _write_ledger(world, folder, "messages", messages, ids)}
    return rows | {"responses": _write_ledger(world, folder, "responses", responses, ids)}


def _others(world: World, folder: Path, ids: pa.Array) -> dict[str, int]:
    rows = {}
    for table in ("touchpoints", "tickets", "consents", "stock", "customers"):
        columns = world.ledgers[table].columns()
        if "happened_at" in columns:
            stamp(world.rng(f"late {table}"), columns, world.noise.late if table == "touchpoints" else 0.0)
        rows[table] = _write_ledger(world, folder, table, columns, ids)
    return rows


def _write_ledger(world: World, folder: Path, table: str, columns: Columns, ids: pa.Array) -> int:
    if table in _IDS:
        columns[_IDS[table]] = np.arange(len(columns["known_at"]), dtype=np.int32)
    return write(folder, table, columns, columns["known_at"] < world.calendar.export, ids)


def write(folder: Path, table: str, columns: Columns, kept: npt.NDArray[np.bool_], ids: pa.Array) -> int:
    """Write the kept rows in the order of their moments, a row group at a time; returns their number."""
    clock = columns[next(name for name in _CLOCKS if name in columns)]
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(clock[rows], kind="stable")]
    columns["source"] = columns.get("customer_id", rows)
    with pq.ParquetWriter(folder / f"{table}.parquet", schema(table), compression="zstd") as writer:
        for start in range(0, max(len(rows), 1), _ROW_GROUP):
            part = rows[start : start + _ROW_GROUP]
            arrays = [arrow(columns[name][part], form, ids) for name, form in FORMS[table].items()]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema(table)))
    return len(rows)


def _whole_tables(world: World, folder: Path, ids: pa.Array) -> dict[str, int]:
    """Tables that are made in one go."""
    tables = {
        "identities": identity_table(world, ids),
        "stores": store_table(world.stores),
        "products": product_table(world),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    return {name: table.num_rows for name, table in tables.items()}


def product_table(world: World) -> pa.Table:
    """The table `products`: only what was launched by the end; a planned end of sale is not known yet."""
    catalogue, end = world.catalogue, world.calendar.end
    shown = np.flatnonzero(catalogue.first < end)
    last = np.where(catalogue.last < world.calendar.weeks * WEEK, catalogue.last, np.iinfo(np.int32).min)
    last = np.where(last < end, last, np.iinfo(np.int32).min)
    columns = [
        numbered(shown, "product"),
        words(catalogue.category[shown], CATEGORIES),
        words(np.array(DEPARTMENT_OF)[catalogue.category[shown]], DEPARTMENTS),
        words(catalogue.brand[shown], BRANDS),
        money(catalogue.price[shown]),
        moments(catalogue.first[shown]),
        moments(last[shown]),
    ]
    return pa.Table.from_arrays(columns, schema=schema("products"))
