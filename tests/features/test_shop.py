"""A folder becomes a shop: what is in it, where it lies, and when it is read again."""

import json
import os
import time
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ShopError
from features.shop import ShopSettings, home_folder, open_shop
from features.tables import ORDERS
from tests.features.ingest.exports import lines, opened, rows, write

NOON = datetime.fromisoformat("2020-01-01T12:00")


def orders_table() -> pa.Table:
    moments = [NOON, NOON.replace(day=2)]
    return pa.table({"order_id": [1, 2], "customer_id": [7, 8], "happened_at": moments, "amount": [1.5, 2.0]})


def test_a_folder_with_orders_alone_is_a_shop(tmp_path):
    shop = opened(tmp_path, orders__parquet=orders_table())
    assert (shop.name, shop.timezone, shop.currency) == ("shop", "UTC", "")
    assert shop.present == {"orders": frozenset({"order_id", "customer_id", "happened_at", "amount"})}
    assert shop.rows == {"orders": 2}
    assert shop.settings == ShopSettings()
    assert shop.newest_known_at == NOON.replace(day=2)
    assert shop.default_cutoff() == NOON.replace(day=2, hour=0)


def test_canonical_files_have_every_column_in_order_and_their_types(tmp_path):
    shop = opened(tmp_path, orders__parquet=orders_table())
    written = pq.read_schema(shop.path("orders"))
    assert [(field.name, field.type) for field in written] == [(field.name, field.type) for field in ORDERS.schema]
    assert rows(shop)[0] == {
        "order_id": "1", "customer_id": "7", "happened_at": NOON, "known_at": NOON, "amount": Decimal("1.5000"),
        "kind": "order", "of_order_id": None, "discount": None, "shipping": None, "channel": None, "store_id": None,
        "fulfilment": None, "promised_at": None, "delivered_at": None, "source": "shop",
    }  # fmt: skip


def test_a_table_that_is_not_given_is_named_with_the_remedy(tmp_path):
    shop = opened(tmp_path, orders__parquet=orders_table())
    assert not shop.has("messages")
    with pytest.raises(ShopError, match=r"shop 'shop' has no table 'messages'; it has orders\. Add \[messages\]"):
        shop.path("messages")


def test_the_same_content_is_read_once(tmp_path):
    first = opened(tmp_path, orders__csv=lines(20))
    (first.data / "read_before").touch()
    assert opened(tmp_path, orders__csv=lines(20)).data == first.data
    assert (first.data / "read_before").exists()
    assert opened(tmp_path, orders__csv=lines(21)).data != first.data


def test_a_damaged_ingest_is_made_again(tmp_path):
    shop = opened(tmp_path, orders__csv=lines(20))
    shop.path("orders").write_bytes(b"PAR1")
    assert len(rows(opened(tmp_path, orders__csv=lines(20)))) == 20


def test_what_another_setting_changes_is_another_shop(tmp_path):
    plain = opened(tmp_path / "a", orders__csv=lines(5))
    local = opened(tmp_path / "b", orders__csv=lines(5), shop__toml='timezone = "Asia/Tokyo"\n' + toml())
    assert plain.digest != local.digest


def test_equal_content_gives_equal_files(tmp_path):
    shuffled = lines(300).splitlines()
    again = "\n".join([shuffled[0], *reversed(shuffled[1:])]) + "\n"
    one, other = (opened(tmp_path / name, orders__csv=text) for name, text in (("a", lines(300)), ("b", again)))
    assert one.path("orders").read_bytes() == other.path("orders").read_bytes()


def test_facts_name_every_file_with_its_size_and_digest(tmp_path):
    shop = opened(tmp_path, orders__csv=lines(200, "900,c1,2020-01-01,lots"))
    files = json.loads((shop.data / "shop.json").read_text())["files"]
    assert set(files) == {"orders.parquet", "quarantine/orders.parquet"}
    assert all((shop.data / name).stat().st_size == file["bytes"] for name, file in files.items())


def test_quarantined_rows_keep_their_reason_and_what_the_source_said(tmp_path):
    shop = opened(tmp_path, orders__csv=lines(200, "900,c1,2020-01-01,lots"))
    (row,) = pq.read_table(shop.data / "quarantine/orders.parquet").to_pylist()
    assert (row["column"], row["reason"], row["key"]) == ("amount", "text that is not an amount of money", "900")
    assert json.loads(row["row"])["amount"] == "lots"


def test_an_order_s_file_may_be_named_directly(tmp_path):
    folder = write(tmp_path / "shop", {"orders.csv": lines(5)})
    assert open_shop(folder / "orders.csv", home=tmp_path).folder == folder.resolve()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    folder = write(tmp_path / "shop", {"orders.csv": lines(5)})
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(
        ShopError, match=r"cannot write to .*: Not a directory\. Make it writable, or set PERENNIAL_HOME"
    ):
        open_shop(folder, home=tmp_path / "home")


def test_a_failed_ingest_leaves_nothing_behind(tmp_path):
    with pytest.raises(ShopError):
        opened(tmp_path, orders__csv=lines(5), products__csv="")
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
    assert list((tmp_path / "home" / "shops" / "shop").iterdir()) == []


def test_ingests_that_newer_ones_have_long_replaced_go(tmp_path):
    nights = [opened(tmp_path, orders__csv=lines(5 + night)).data for night in range(4)]
    assert all(path.is_dir() for path in nights)
    for age, path in zip((30, 20, 10, 5), nights, strict=True):
        written = time.time() - age * 86_400
        os.utime(path / "shop.json", (written, written))
    half_done = nights[0].with_name(".0123.part99")
    half_done.mkdir()
    os.utime(half_done, (written, written))
    newest = opened(tmp_path, orders__csv=lines(20)).data
    assert [path.is_dir() for path in nights] == [False, False, True, True]
    assert newest.is_dir() and not half_done.exists()


def test_home_is_what_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    assert home_folder() == tmp_path
    monkeypatch.delenv("PERENNIAL_HOME")
    assert home_folder().name == ".perennial"


def toml() -> str:
    return '[orders]\nsource = "orders.csv"\n'
