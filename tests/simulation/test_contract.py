"""The files are shaped as the project's own canonical tables say, though the world does not import them."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import simulation
from features.tables import TABLES
from simulation.contract import FORMS

Read = Callable[[str], pa.Table]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_columns_and_types(table: Read, name: str) -> None:
    contract = pa.schema([(column.name, column.arrow) for column in TABLES[name].columns])
    assert set(FORMS) == set(TABLES) - {"decisions"}  # it sends by lot: nobody decides
    assert table(name).schema.remove_metadata() == contract


@pytest.mark.parametrize("name", sorted(FORMS))
def test_required_columns_keys_ranges_and_values(table: Read, name: str) -> None:
    rows, contract = table(name), TABLES[name]
    for column in contract.columns:
        values = rows[column.name]
        if column.required and not (contract.guests and column.name == "customer_id"):
            assert values.null_count == 0, column.name
        if column.values:
            assert set(pc.unique(values).to_pylist()) <= {*column.values, None}
        if column.low is not None:
            assert (pc.min(values).as_py() or 0) >= column.low
        if column.above is not None:
            assert pc.min(values).as_py() > column.above
    if contract.key:
        assert rows.group_by(list(contract.key)).aggregate([]).num_rows == rows.num_rows


@pytest.mark.parametrize("name", sorted(name for name, forms in FORMS.items() if "happened_at" in forms))
def test_nothing_is_known_before_it_happened_nor_after_the_export(table: Read, name: str) -> None:
    rows = table(name)
    assert pc.all(pc.greater_equal(rows["known_at"], rows["happened_at"])).as_py()
    assert str(pc.max(rows["known_at"]).as_py()) < "2025-01-01 06:00:00"


def test_every_optional_column_says_something(table: Read) -> None:
    for name in FORMS:
        rows = table(name)
        assert [column for column in FORMS[name] if rows[column].null_count == rows.num_rows] == [], name


def test_the_room_imports_nothing_of_ours() -> None:
    names = set()
    for path in Path(simulation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                names.add(str(node.module).split(".")[0])
    assert names - set(sys.stdlib_module_names) == {"duckdb", "numpy", "pyarrow", "simulation"}
