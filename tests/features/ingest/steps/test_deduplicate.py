"""Rows are told apart by hashes first: what shares one by chance is told apart all the same."""

import pytest

from features.ingest.steps import deduplicate, namesakes, unique_keys
from tests.features.ingest.exports import opened, rows

ORDERS = """order_id,customer_id,happened_at,amount,source
o1,7,2026-01-01,10,web
o1,7,2026-01-01,10,web
o2,8,2026-01-02,20,web
o2,9,2026-01-03,20,web
o3,7,2026-02-01,5,till
o4,9,2026-02-02,3,till
"""
MESSAGES = "message_id,customer_id,happened_at,channel\nm1,7,2026-01-03,email\nm2,8,2026-01-03,email\n"
RESPONSES = """message_id,kind,happened_at,known_at
m1,click,2026-01-04 10:00,2026-01-05
m1,click,2026-01-04 10:00,2026-01-06
m2,open,2026-01-04 10:00,2026-01-05
"""
TOML = """timezone = "UTC"
[orders]
source = "orders.csv"
{where}
[messages]
source = "messages.csv"
[responses]
source = "responses.csv"
[checks]
max_quarantined = 0.5
"""


@pytest.mark.parametrize("where", ["", 'where = "amount > 3"'])
def test_what_shares_a_hash_by_chance_is_told_apart(where, tmp_path, monkeypatch):
    files = {"orders__csv": ORDERS, "messages__csv": MESSAGES, "responses__csv": RESPONSES}
    files["shop__toml"] = TOML.format(where=where)
    plain = opened(tmp_path / "plain", **files)
    for module in (deduplicate, namesakes, unique_keys):
        monkeypatch.setattr(module, "hash_of", lambda columns: "1::UBIGINT")
    colliding = opened(tmp_path / "colliding", **files)
    for table in ("orders", "messages", "responses"):
        assert rows(colliding, table) == rows(plain, table)
    assert colliding.reconciliation == plain.reconciliation
    assert colliding.findings == plain.findings


def test_a_row_sent_twice_is_counted_beside_those_that_where_leaves_out(tmp_path):
    toml = TOML.format(where='where = "amount > 3"')
    shop = opened(tmp_path, orders__csv=ORDERS, messages__csv=MESSAGES, responses__csv=RESPONSES, shop__toml=toml)
    orders = next(one for one in shop.reconciliation if one.table == "orders")
    assert (orders.read, orders.filtered, orders.duplicates) == (6, 1, 1)
    assert (orders.accepted, orders.quarantined) == (3, 1)  # o2 comes a second time with another customer
    responses = next(one for one in shop.reconciliation if one.table == "responses")
    assert (responses.read, responses.duplicates, responses.rows) == (3, 1, 2)
