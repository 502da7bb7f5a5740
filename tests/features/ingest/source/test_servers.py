"""Tables of a database server: the address lies in the environment, and nothing downloaded stays."""

import sqlite3

import pytest

from features.errors import ShopError
from features.shop import open_shop
from tests.features.ingest.exports import rows, write

TOML = '[orders]\nsource = "env://TEST_SHOP::orders"\n'


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Any database Ibis reaches by an address; SQLite needs no server."""
    with sqlite3.connect(tmp_path / "till.db") as database:
        database.execute("CREATE TABLE orders (order_id TEXT, customer_id TEXT, happened_at TEXT, amount REAL)")
        sold = [(f"o{i}", f"c{i % 7}", f"2025-01-{1 + i % 28:02} 10:00:00", i + 0.5) for i in range(60)]
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", sold)
    database.close()
    monkeypatch.setenv("TEST_SHOP", f"sqlite://{tmp_path / 'till.db'}")
    return write(tmp_path / "shop", {"shop.toml": TOML})


def test_a_table_of_a_server_is_read_and_no_copy_stays(server, tmp_path):
    shop = open_shop(server, home=tmp_path / "home")
    assert shop.rows == {"orders": 60}
    assert {row["order_id"]: float(row["amount"]) for row in rows(shop)}["o7"] == 7.5
    assert open_shop(server, home=tmp_path / "home").digest == shop.digest
    assert {path.name for path in shop.data.parent.iterdir()} == {shop.data.name}


def test_a_row_more_is_another_content(server, tmp_path):
    before = open_shop(server, home=tmp_path / "home")
    with sqlite3.connect(tmp_path / "till.db") as database:
        database.execute("INSERT INTO orders VALUES ('x', 'c1', '2025-02-01', 1)")
    database.close()
    assert open_shop(server, home=tmp_path / "home").rows["orders"] == before.rows["orders"] + 1


def test_an_address_that_is_not_set_is_named(server, tmp_path, monkeypatch):
    monkeypatch.delenv("TEST_SHOP")
    with pytest.raises(ShopError, match="the environment variable TEST_SHOP is not set"):
        open_shop(server, home=tmp_path / "home")


def test_an_address_in_shop_toml_is_refused_unread(tmp_path):
    toml = '[orders]\nsource = "env://postgresql://ann:secret@host/shop::orders"\n'
    with pytest.raises(ShopError, match="names an environment variable and a table") as raised:
        open_shop(write(tmp_path / "shop", {"shop.toml": toml}), home=tmp_path / "home")
    assert "secret" not in str(raised.value)


def test_a_failure_does_not_tell_the_address(server, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SHOP", "sqlite:///nowhere/ann:secret/till.db")
    with pytest.raises(ShopError, match=r"env://TEST_SHOP::orders cannot be read") as raised:
        open_shop(server, home=tmp_path / "home")
    assert "secret" not in str(raised.value)
    assert list((tmp_path / "home" / "shops" / "shop").iterdir()) == []
