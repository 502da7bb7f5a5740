"""The catalogue, by tiles, by rows and compiled for one customer, says what the oracle says."""

from pathlib import Path

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.build import build_parts, build_to, matrix
from features.build.compile import compile_for_one
from features.build.join import grouped
from features.build.tiles import width
from features.catalog import features, pick
from features.engine import DuckDB
from features.handed_out import PART, Work
from features.spine import Spine
from features.tables import TABLES
from tests.laws.conftest import World
from tests.laws.histories import COLUMNS, CUTOFFS
from tests.laws.worlds import NOBODY, built, customers, rows_of, whole_spine
from tests.oracle import DEFINITIONS, differences

NAMES = [column.name for column in COLUMNS]


def test_every_feature_has_a_plain_definition():
    assert {feature.name for feature in features()} == set(DEFINITIONS)


def test_every_column_is_put_to_the_test(world: World):
    """A column that is the same for everybody would prove nothing."""
    assert [name for name in NAMES if len(world.batch[name].unique()) < 2] == []


def test_tiles_say_what_the_oracle_says(world: World):
    assert differences(world.batch, world.tables, COLUMNS) == []


def test_a_customer_without_rows_has_the_empty_values(world: World):
    values = rows_of(world.batch, Spine.of([NOBODY], CUTOFFS)).to_pylist()[-1]
    assert {column.name: values[column.name] for column in COLUMNS} == {column.name: column.empty for column in COLUMNS}


def test_rows_say_what_tiles_say(world: World):
    by_rows = built(world.shop, whole_spine(world.count), fast=False)
    assert by_rows.select(["customer_id", "cutoff"]) == world.batch.select(["customer_id", "cutoff"])
    np.testing.assert_allclose(matrix(by_rows, NAMES), matrix(world.batch, NAMES), rtol=1e-6, atol=1e-5, equal_nan=True)


def test_some_customers_at_a_time_say_what_all_at_once_say(world: World, monkeypatch: pytest.MonkeyPatch):
    spine = whole_spine(world.count)
    monkeypatch.setattr(DuckDB, "cells", _a_sixth(spine))
    assert built(world.shop, spine).equals(world.batch)


def test_a_file_made_some_rows_at_a_time_is_the_same_and_leaves_nothing_kept(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    engine, spine, out = DuckDB(), whole_spine(world.count), tmp_path / "built.parquet"
    monkeypatch.setattr(DuckDB, "cells", _a_sixth(spine))
    build_to(out, world.shop, spine, COLUMNS, engine=engine)
    found = pq.read_table(out)
    assert found.cast(world.batch.schema).equals(world.batch)
    labels = pa.array(range(len(spine)))
    beside = spine.rows.append_column("label", labels).append_column(PART, pa.array([7] * len(spine), pa.int32()))
    written: dict[int, pa.Table] = {}
    work = Work(lambda part, rows: written.update({part: pa.Table.from_batches(rows)}))
    build_parts(world.shop, spine, COLUMNS, beside, work, engine=engine)
    (in_parts,) = (rows.sort_by([("cutoff", "ascending"), ("customer_id", "ascending")]) for rows in written.values())
    expected = world.batch.append_column("label", labels)
    assert list(written) == [7] and in_parts.cast(expected.schema).equals(expected)
    kept = engine._sql.execute("SELECT column_name FROM duckdb_columns() WHERE table_name LIKE 'kept_%'").fetchall()
    assert [name for (name,) in kept if name.startswith(("atom", "s0_")) or name in NAMES] == []
    engine.close()


def _a_sixth(spine: Spine) -> int:
    """Cells for which the rows are taken in six turns."""
    return len(spine) * max(width(group.wanted) for group in grouped(COLUMNS, fast=True) if group.tiled) // 6


def test_one_customer_compiled_says_what_the_batch_says(world: World):
    compiled = compile_for_one(COLUMNS)
    for customer in customers(1):
        alone = _asked_alone(compiled, world, customer)
        spine = Spine.of([customer], CUTOFFS)
        batch = rows_of(world.batch, spine)
        np.testing.assert_allclose(
            matrix(alone, NAMES), matrix(batch, NAMES), rtol=1e-6, atol=1e-5, equal_nan=True, err_msg=customer
        )


@pytest.mark.parametrize("fast", [True, False], ids=["tiles", "rows"])
def test_a_leak_of_the_cutoffs_own_day_is_found(world: World, monkeypatch: pytest.MonkeyPatch, fast: bool):
    columns = pick(["orders", "spend_30d", "days_since_order", "gap_last"])
    spine = whole_spine(world.count)
    assert differences(built(world.shop, spine, columns, fast=fast), world.tables, columns) == []
    monkeypatch.setattr("features.build.build.with_shown_at", _known_a_day_early)
    found = differences(built(world.shop, spine, columns, fast=fast), world.tables, columns)
    assert {sentence.split()[0] for sentence in found} == {column.name for column in columns}


def _known_a_day_early(rows):
    return rows.mutate(shown_at=rows.known_at.truncate("D") - ibis.interval(seconds=1))


def _asked_alone(compiled, world: World, customer: str) -> pa.Table:
    with duckdb.connect() as database:
        keys = list(range(len(CUTOFFS)))
        asked = pa.table([keys, list(CUTOFFS), [customer] * len(keys)], names=["key", "cutoff", "customer_id"])
        database.register("asked_rows", asked)
        database.execute("CREATE TABLE asked AS SELECT key::INT AS key, cutoff, customer_id FROM asked_rows")
        for name in compiled.sources:
            mine = [row for row in world.tables[name] if row["customer_id"] == customer]
            schema = TABLES[name].schema
            rows = pa.Table.from_pylist(mine, schema=schema)
            database.register("rows", rows)
            given = ", ".join(f"rows.{column}" for column in compiled.sources[name])
            database.execute(f"CREATE TABLE {name} AS SELECT key, cutoff, {given} FROM rows CROSS JOIN asked")
        return database.sql(compiled.sql).to_arrow_table().sort_by("cutoff")
