"""Contracts as pandera knows them: what ingest writes holds them, and what does not is named."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from features.errors import DataError
from features.ingest.contract import contract, prove
from features.tables import ORDERS, TABLES
from tests.features.ingest.exports import lines, opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("sound"), orders__csv=lines(30)).data


@pytest.fixture
def engine():
    engine = DuckDB()
    yield engine
    engine.close()


def test_every_table_declares_every_column():
    for table in TABLES.values():
        assert list(contract(table).columns) == [column.name for column in table.all_columns]


def test_what_ingest_writes_holds_its_contract(folder, engine):
    prove(folder, [ORDERS], engine)


BROKEN = {
    "a NULL key": ("order_id", lambda column: pa.nulls(len(column), pa.string()), "order_id: not_nullable"),
    "an unknown kind": ("kind", lambda column: pc.utf8_upper(column), r"kind: .*isin"),
    "a negative shipping": (
        "shipping",
        lambda column: pa.array([-1] * len(column), column.type),
        r"shipping: .*greater",
    ),
    "floating money": ("amount", lambda column: column.cast("float64"), r"amount: dtype\('decimal\(18, 4\)'\)"),
    "a moment with a zone": ("known_at", lambda column: column.cast(pa.timestamp("us", "UTC")), "known_at: dtype"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_a_contract_is_named(what, folder, engine, tmp_path):
    name, change, message = BROKEN[what]
    orders = pq.read_table(folder / "orders.parquet")
    place = orders.column_names.index(name)
    pq.write_table(orders.set_column(place, name, change(orders[name])), tmp_path / "orders.parquet")
    with pytest.raises(DataError, match=f"table 'orders' breaks its contract after every check .*{message}"):
        prove(tmp_path, [ORDERS], engine)


@pytest.mark.parametrize("change", ["lacks", "has more", "in another order"])
def test_columns_and_their_order_are_part_of_it(change, folder, engine, tmp_path):
    orders = pq.read_table(folder / "orders.parquet")
    orders = {
        "lacks": orders.drop_columns(["channel"]),
        "has more": orders.append_column("colour", orders["kind"]),
        "in another order": orders.select(orders.column_names[::-1]),
    }[change]
    pq.write_table(orders, tmp_path / "orders.parquet")
    with pytest.raises(DataError, match="table 'orders' breaks its contract"):
        prove(tmp_path, [ORDERS], engine)
