from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import perennial as pn
from features.errors import ShopError
from tests.perennial.conftest import orders


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and no home."""
    monkeypatch.delenv("PERENNIAL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Polarslike:
    """What speaks Arrow's stream protocol, as Polars does."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def test_tables_in_memory_are_a_shop_and_leave_nothing_behind(elsewhere: Path) -> None:
    table = orders(20)
    frame = table.to_pandas().set_index("order_id").reset_index()
    shops = [pn.open_shop({"orders": given}, currency="EUR") for given in (table, frame, Polarslike(table))]
    assert {shop.rows["orders"] for shop in shops} == {table.num_rows}
    assert shops[0].currency == "EUR"
    assert list(elsewhere.iterdir()) == []


def test_a_folder_is_kept_where_one_asks_for_it_only(elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, home = tmp_path_factory.mktemp("my-shop"), tmp_path_factory.mktemp("home")
    orders(20).to_pandas().to_csv(folder / "orders.csv", index=False)
    before = sorted(folder.iterdir())
    assert home not in pn.open_shop(folder).data.parents
    assert home in pn.open_shop(folder, home=home).data.parents
    assert list(elsewhere.iterdir()) == []
    assert sorted(folder.iterdir()) == before


def test_what_is_no_table_says_so() -> None:
    with pytest.raises(ShopError, match=r"sales is no table of a shop\. Tables are orders, "):
        pn.open_shop({"sales": pd.DataFrame()})
    with pytest.raises(ShopError, match=r"orders is a list\. Give a pandas or Polars DataFrame"):
        pn.open_shop({"orders": [1, 2]})
