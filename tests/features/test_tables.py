"""The canonical tables agree with each other and with the way they lie on disk."""

import pyarrow as pa
import pytest

from features.tables import ORDERS, TABLES


def test_every_reference_key_and_join_names_a_column_that_exists():
    for table in TABLES.values():
        assert len({column.name for column in table.all_columns}) == len(table.all_columns)
        assert all(table.has(name) for name in table.key)
        assert all(column.refers in (None, *TABLES) for column in table.columns)
        assert {column.name for column in table.derived_columns} == set(table.joined_from)
        assert all(origin in TABLES for origin in table.joined_from.values())


def test_every_table_of_the_contract_is_there():
    assert list(TABLES) == [
        "orders", "order_lines", "products", "customers", "identities", "touchpoints",
        "messages", "responses", "tickets", "consents", "stores", "stock", "decisions",
    ]  # fmt: skip


def test_orders_lie_on_disk_as_agreed():
    schema = ORDERS.schema
    assert schema.field("happened_at").type == pa.timestamp("us")
    assert schema.field("amount").type == pa.decimal128(18, 4)
    assert [column.name for column in ORDERS.columns if column.required] == [
        "order_id", "customer_id", "happened_at", "amount",
    ]  # fmt: skip


def test_an_unknown_column_is_no_column():
    with pytest.raises(KeyError):
        ORDERS.column("colour")
