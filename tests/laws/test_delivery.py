"""Rows delivered in another order, and some of them twice, are the same shop once they are read."""

import random

import pyarrow as pa
import pyarrow.parquet as pq

from features.catalog import pick
from features.shop import Shop, open_shop
from features.spine import Spine
from features.tables import TABLES
from tests.laws.histories import CUSTOMERS, CUTOFFS, Rows
from tests.laws.worlds import built, gathered, together

COLUMNS = pick(
    [
        *("orders", "spend_90d", "days_since_order", "gap_last", "lines_365d", "promoted_lines"),
        *("messages_365d", "open_rate_365d", "touches_90d", "open_cases", "contact_channels", "points"),
    ]
)


def test_row_order_and_duplicate_delivery_change_nothing(tmp_path):
    once = {name: _in_time(rows) for name, rows in together(gathered(6)).items()}
    chance = random.Random(5)
    twice = {name: [*rows, *chance.sample(rows, len(rows) // 2)] for name, rows in once.items()}
    for rows in twice.values():
        chance.shuffle(rows)
    spine = Spine.of([f"{number}-{name}" for number in range(6) for name in CUSTOMERS], CUTOFFS)
    first, second = (
        built(_read(tmp_path / name, rows), spine, COLUMNS) for name, rows in (("once", once), ("twice", twice))
    )
    assert sum(first["orders"].to_pylist()) > 0
    assert first.equals(second)


def _in_time(rows: Rows) -> Rows:
    """The rows as ingest accepts them: nothing is known before it happened."""
    return [
        {**row, "known_at": max(row["known_at"], row["happened_at"])} if "happened_at" in row else row for row in rows
    ]


def _read(folder, tables: dict[str, Rows]) -> Shop:
    folder.mkdir()
    for name, rows in tables.items():
        types = {column.name: column.arrow for column in TABLES[name].columns}
        given = [name for name in types if any(name in row for row in rows)]
        schema = pa.schema(
            [(name, pa.float64() if pa.types.is_decimal(types[name]) else types[name]) for name in given]
        )
        pq.write_table(
            pa.Table.from_pylist([{key: row.get(key) for key in given} for row in rows], schema),
            folder / f"{name}.parquet",
        )
    return open_shop(folder, home=folder / "home")
