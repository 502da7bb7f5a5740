"""What is told of one customer is what was known of them, and of nobody else."""

from datetime import datetime

import duckdb
import pytest

from serving.errors import SnapshotError
from serving.snapshot.touches import Touches

CUTOFF = datetime(2026, 2, 1)
ORDERS = """
SELECT * FROM (VALUES
 ('C-1', TIMESTAMP '2026-01-05 10:00:00', TIMESTAMP '2026-01-05 10:00:00', 'order', 'web', 12.5::DECIMAL(18, 4)),
 ('C-1', TIMESTAMP '2026-01-20 10:00:00', TIMESTAMP '2026-02-03 00:00:00', 'return', 'web', 12.5::DECIMAL(18, 4)),
 ('C-1', TIMESTAMP '2026-02-01 00:00:00', TIMESTAMP '2026-01-01 00:00:00', 'order', 'web', 1::DECIMAL(18, 4)),
 ('C-2', TIMESTAMP '2026-01-06 10:00:00', TIMESTAMP '2026-01-06 10:00:00', 'order', 'web', 99::DECIMAL(18, 4))
) AS t(customer_id, happened_at, known_at, kind, channel, amount)"""
MESSAGES = """
SELECT * FROM (VALUES
 ('C-1', TIMESTAMP '2026-01-07 10:00:00', TIMESTAMP '2026-01-07 10:00:00', 'email', 'keep', 'policy'),
 ('C-1', TIMESTAMP '2026-01-08 10:00:00', TIMESTAMP '2026-01-08 10:00:00', 'email', NULL, NULL),
 ('C-1', TIMESTAMP '2026-01-09 10:00:00', TIMESTAMP '2026-01-09 10:00:00', 'email', 'keep', 'control')
) AS t(customer_id, happened_at, known_at, channel, action, arm)"""


@pytest.fixture
def folder(tmp_path):
    def write(name, sql):
        with duckdb.connect() as con:
            con.execute(f"COPY ({sql}) TO '{tmp_path / name}.parquet' (FORMAT parquet)")

    write("orders", ORDERS)
    write("messages", MESSAGES)
    write("responses", "SELECT 'm-1' AS message_id, 'open' AS kind")
    write("products", "SELECT 'P-1' AS product_id")
    return tmp_path


def test_known_touches_newest_first_without_what_was_withheld(folder):
    assert Touches(folder).latest("C-1", CUTOFF, 10) == [
        {"at": "2026-01-08T10:00:00", "what": "messages", "channel": "email"},
        {"at": "2026-01-07T10:00:00", "what": "messages", "channel": "email", "action": "keep"},
        {"at": "2026-01-05T10:00:00", "what": "orders", "kind": "order", "channel": "web", "amount": "12.50"},
    ]
    assert [one["what"] for one in Touches(folder).latest("C-1", datetime(2026, 2, 4), 2)] == ["orders", "orders"]


def test_ids_are_values_and_nothing_else(folder):
    assert Touches(folder).latest("' OR 1=1 --", CUTOFF, 10) == []


def test_without_a_history_there_is_nothing_to_tell(tmp_path):
    assert Touches(None).latest("C-1", CUTOFF, 10) == [] == Touches(tmp_path).latest("C-1", CUTOFF, 10)


def test_a_damaged_file_is_named_by_its_kind_alone(folder):
    (folder / "orders.parquet").write_bytes(b"PAR1 C-1 PAR1")
    with pytest.raises(SnapshotError, match=r"^Reading what a customer did failed \(\w+\)\.$"):
        Touches(folder).latest("C-1", CUTOFF, 10)
