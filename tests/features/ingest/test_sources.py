"""Where rows come from: one file or many, of one shape or several, and tables of databases."""

import gzip
import sqlite3
from pathlib import Path

import duckdb
import pytest

from features.errors import ShopError
from features.shop import open_shop
from tests.features.ingest.exports import HEADER, lines, opened, rows, values, write

SQL = """
CREATE TABLE sales (id INTEGER, who INTEGER, sold TIMESTAMP, total REAL);
INSERT INTO sales VALUES (1, 17, '2020-01-01 10:00:00', 2.5), (2, NULL, '2020-01-02 10:00:00', -1.25);
"""
COLUMNS = '[orders.columns]\norder_id = "id"\ncustomer_id = "who"\nhappened_at = "sold"\namount = "total"\n'


def database(tmp_path, address):
    path = tmp_path / "shop" / "crm.db"
    path.parent.mkdir()
    if address.startswith("duckdb"):
        connection = duckdb.connect(str(path))
        connection.execute(SQL)
    else:
        connection = sqlite3.connect(path)
        connection.executescript(SQL)
    connection.close()
    return write(tmp_path / "shop", {"shop.toml": f'[orders]\nsource = "{address}"\n{COLUMNS}'})


@pytest.mark.parametrize(
    "address", ["duckdb:///crm.db::sales", "duckdb:///crm.db::main.sales", "sqlite:///crm.db::sales"]
)
def test_a_table_of_a_database(address, tmp_path):
    shop = open_shop(database(tmp_path, address), home=tmp_path / "home")
    assert values(shop, "customer_id") == ["17", None]
    assert [str(at) for at in values(shop, "happened_at")] == ["2020-01-01 10:00:00", "2020-01-02 10:00:00"]
    assert [float(amount) for amount in values(shop, "amount")] == [2.5, -1.25]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "duckdb:///crm.db::bills",
            r"table 'orders': duckdb:///crm.db::bills cannot be read\. .* Give an existing",
        ),
        ("sqlite:///crm.db", r"sqlite:///crm.db names no table\. Write it as sqlite:///crm.db::table_name"),
        ("sqlite:///none.db::sales", r"there is no database at .*none.db\. Mend the source"),
        (
            "oracle:///crm.db::sales",
            r"databases of kind 'oracle' are not read\. Use duckdb:///",
        ),
    ],
)
def test_a_database_that_cannot_be_read_is_named(address, message, tmp_path):
    with pytest.raises(ShopError, match=message):
        open_shop(database(tmp_path, address), home=tmp_path / "home")


def test_many_files_of_several_shapes_are_one_table(tmp_path):
    files = {
        "orders_1.csv": f"{HEADER}\n1,a,2020-01-01,1\n",
        "orders_2.csv": f"channel;{HEADER.replace(',', ';')}\nweb;2;b;2020-01-02;2\n",
        "orders_3.csv": "amount,order_id,happened_at,customer_id\n3,3,2020-01-03,c\n",
        "shop.toml": '[orders]\nsource = "orders_*.csv"',
    }
    shop = opened(tmp_path, **{name.replace(".", "__"): text for name, text in files.items()})
    assert values(shop, "customer_id") == ["a", "b", "c"]
    assert values(shop, "channel") == [None, "web", None]


def test_a_file_delivered_twice_changes_nothing(tmp_path):
    toml = '[orders]\nsource = "orders_*.csv"'
    once = opened(tmp_path / "a", orders_1__csv=lines(30), shop__toml=toml)
    twice = opened(tmp_path / "b", orders_1__csv=lines(30), orders_2__csv=lines(30), shop__toml=toml)
    assert rows(once) == rows(twice)
    assert twice.reconciliation[0].duplicates == 30


def test_compressed_and_tab_separated_text(tmp_path):
    packed = opened(tmp_path / "a", orders__csv__gz=gzip.compress(lines(9).encode()))
    tabs = opened(tmp_path / "b", orders__tsv=lines(9).replace(",", "\t"))
    assert rows(packed) == rows(tabs)


def test_a_folder_of_part_files_is_a_table(tmp_path):
    folder = write(tmp_path / "shop" / "orders.parquet", {f"part-{part}.csv": lines(3 + part) for part in range(2)})
    (folder / "_SUCCESS").touch()
    shop = open_shop(tmp_path / "shop", home=tmp_path / "home")
    assert (len(rows(shop)), shop.reconciliation[0].duplicates) == (4, 3)


def test_a_home_relative_to_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(write(tmp_path, {"orders.csv": lines(3)}))
    assert open_shop(".", home=Path("kept")).path("orders").is_absolute()


def test_blank_lines_and_an_unnamed_column_before_the_rest(tmp_path):
    numbered = [f"{number or ''},{line}" for number, line in enumerate(lines(9).splitlines())]
    assert len(rows(opened(tmp_path, orders__csv="\n\n" + "\n".join(numbered)))) == 9


def test_files_elsewhere(tmp_path):
    write(tmp_path / "exports", {"orders.csv": lines(3)})
    toml = f'[orders]\nsource = "{tmp_path}/exports/*.csv"'
    assert len(rows(opened(tmp_path, shop__toml=toml))) == 3


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_links_to_files_elsewhere(tmp_path, kind):
    write(tmp_path / "exports", {"drop.csv": lines(3)})
    duckdb.sql(f"COPY (FROM read_csv('{tmp_path}/exports/drop.csv')) TO '{tmp_path}/exports/drop.parquet'")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / f"orders.{kind}").symlink_to(tmp_path / "exports" / f"drop.{kind}")
    assert len(rows(open_shop(tmp_path / "shop"))) == 3


def test_a_file_that_cannot_be_read_at_all(tmp_path):
    folder = write(tmp_path / "shop", {"shop.toml": '[orders]\nsource = "orders.csv"'})
    (folder / "orders.csv").mkdir()
    with pytest.raises(ShopError, match=r"no file matches orders\.csv"):
        open_shop(folder, home=tmp_path / "home")
