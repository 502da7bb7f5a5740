"""Whoever was erased does not come back with the next export, and every row is still accounted for."""

import hashlib
import re

import pyarrow.parquet as pq
import pytest

from features.shop import ErasedIds, open_shop
from tests.features.ingest.exports import lines, rows, write


def hashed(customer_id: str) -> bytes:
    return hashlib.sha256(customer_id.encode()).digest()


def without(*customers: str) -> ErasedIds:
    return ErasedIds(frozenset(map(hashed, customers)), hashed)


# Of 60 orders c5 has two, and one that is refused; their lines, messages, marks and a case follow them.
SOURCES = {
    "orders.csv": lines(60, "x,c5,2020-01-09,lots", "y,c6,2020-01-09,lots"),
    "order_lines.csv": "order_id,product_id,quantity\n5,p,1\n55,p,1\n5,p,many\nx,p,1\n6,p,1\n",
    "messages.csv": "message_id,customer_id,happened_at,channel\nm1,c5,2020-01-01,email\nm2,c6,2020-01-01,email\n",
    "responses.csv": "message_id,kind,happened_at\nm1,open,2020-01-02\nm2,open,2020-01-02\n",
    "customers.csv": "customer_id,referred_by\nc5,c7\nc6,c5\n",
    "identities.csv": "source,source_customer_id,kind,value\nweb,c5,email,a@x.org\nweb,c6,email,b@x.org\n",
    "tickets.csv": "ticket_id,customer_id,happened_at\nk1,c5,2020-01-03\nk2,c6,2020-01-03\n",
    "shop.toml": '[orders]\nsource = "orders.csv"\n'
    + "".join(
        f'[{table}]\nsource = "{table}.csv"\n'
        for table in ("order_lines", "messages", "responses", "customers", "identities", "tickets")
    )
    + "[checks]\nmax_quarantined = 0.6\n",
}


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "shop", SOURCES)


def everything_written(shop) -> str:
    return "\n".join(str(pq.read_table(path).to_pylist()) for path in sorted(shop.data.rglob("*.parquet")))


def test_an_erased_customer_is_in_no_file(folder, tmp_path):
    shop = open_shop(folder, home=tmp_path / "home")
    assert "'c5'" in everything_written(shop)
    shop = open_shop(folder, home=tmp_path / "home", erased=without("c5"))
    written = everything_written(shop)
    assert not re.search(r"\bc5\b", written) and "'c6'" in written  # a hash may hold the two letters
    assert [row["order_id"] for row in rows(shop, "order_lines")] == ["6"]
    assert [row["message_id"] for row in rows(shop, "responses")] == ["m2"]
    assert [(row["customer_id"], row["referred_by"]) for row in rows(shop, "customers")] == [("c6", None)]


def test_erased_rows_are_a_line_of_their_own_and_all_adds_up(folder, tmp_path):
    shop = open_shop(folder, home=tmp_path / "home", erased=without("c5"))
    counts = {one.table: (one.read, one.erased, one.accepted, one.quarantined) for one in shop.reconciliation}
    assert all(one.adds_up for one in shop.reconciliation)
    assert counts == {
        "orders": (62, 3, 58, 1),
        "order_lines": (5, 4, 1, 0),
        "messages": (2, 1, 1, 0),
        "responses": (2, 1, 1, 0),
        "customers": (2, 1, 1, 0),
        "identities": (2, 1, 1, 0),
        "tickets": (2, 1, 1, 0),
    }


def test_files_are_read_anew_when_somebody_is_erased_and_not_otherwise(folder, tmp_path):
    before = open_shop(folder, home=tmp_path / "home", erased=without())
    assert open_shop(folder, home=tmp_path / "home").data == before.data
    after = open_shop(folder, home=tmp_path / "home", erased=without("c5"))
    assert after.digest != before.digest
    assert after.digest == open_shop(folder, home=tmp_path / "home", erased=without("c5")).digest


def test_a_namesake_in_another_system_stays(tmp_path):
    text = "order_id,customer_id,happened_at,amount,source\nw,7,2026-01-01,1,web\nt,7,2026-02-01,1,till\n"
    folder = write(tmp_path / "shop", {"orders.csv": text})
    left = {
        gone: [row["customer_id"] for row in rows(open_shop(folder, home=tmp_path / "home", erased=without(gone)))]
        for gone in ("7", "till:7")
    }
    assert left == {"7": ["till:7"], "till:7": ["7"]}
