"""A shop's own features: which code may run, and that they are features like ours."""

from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.build import build
from features.catalog import columns_for, pick
from features.errors import FeatureError, ShopError
from features.extension import features_of, unmistakable
from features.ingest.source.config import read_config
from features.shop import Shop, open_shop
from features.spine import Spine
from features.trust import Code, TrustError, read_code, trust

OWN = dedent(
    '''
    from features.feature import feature

    @feature(table="orders", windows=("30d", "90d"), unit="currency", empty=0)
    def largest_order(orders):
        """The largest order. No orders means 0."""
        return orders.amount.max()
    '''
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shop"
    made.mkdir()
    days = ["2026-01-01", "2026-02-20", "2026-03-01", "2026-03-05"]
    rows = {"order_id": list("1234"), "customer_id": list("aabb"), "happened_at": days, "amount": [5.0, 7.0, 3.0, 4.0]}
    pq.write_table(pa.table(rows), made / "orders.parquet")
    (made / "shop.toml").write_text('[extend]\nfeatures = ["my_features.py"]\n')
    (made / "my_features.py").write_text(OWN)
    return made


def open_trusted(folder: Path) -> Shop:
    home = folder.parent / "home"
    config = read_config(folder)
    trust(read_code(folder, config.extend_features), home)
    return open_shop(folder, home=home)


def test_nothing_runs_that_nobody_trusted(folder: Path) -> None:
    (folder / "my_features.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(TrustError, match=r"my_features\.py has not been trusted\. Read it, then: perennial trust "):
        open_shop(folder, home=folder.parent / "home")


def test_a_changed_file_asks_again(folder: Path) -> None:
    open_trusted(folder)
    (folder / "my_features.py").write_text(OWN + "\n# one more line")
    with pytest.raises(TrustError, match=r"my_features\.py changed since it was trusted"):
        open_shop(folder, home=folder.parent / "home")
    with pytest.raises(TrustError, match="has not been trusted"):
        open_shop(folder, home=folder.parent / "another home")


def test_own_features_are_columns_of_the_shop_alone(folder: Path, tmp_path: Path) -> None:
    shop = open_trusted(folder)
    names = [column.name for column in columns_for(shop)]
    assert names[-2:] == ["largest_order_30d", "largest_order_90d"]
    cutoff = shop.default_cutoff()
    table = build(shop, Spine.of(["a", "b"], [cutoff]), pick(["largest_order_30d", "spend_90d"], shop))
    assert table is not None
    assert table["largest_order_30d"].to_pylist() == [7.0, 3.0]
    with pytest.raises(FeatureError, match="'largest_order_30d' is not in the catalogue"):
        pick(["largest_order_30d"])


def test_other_code_is_another_extension(folder: Path) -> None:
    before = open_trusted(folder).extension.digest
    assert before == open_trusted(folder).extension.digest != ""
    (folder / "my_features.py").write_text(OWN.replace("max()", "min()"))
    assert open_trusted(folder).extension.digest != before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "declares no feature"),
        ("import nothing_such", "cannot run: ModuleNotFoundError"),
        (OWN.replace("largest_order", "spend"), "there is a column spend_30d already"),
        (OWN.replace("orders.amount", "orders.amuont"), "cannot be read: AttributeError"),
        (OWN.replace('table="orders"', 'table="sales"'), "neither a table nor a view"),
    ],
)
def test_what_is_no_feature_says_so(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FeatureError, match=says):
        unmistakable(features_of(Code(tmp_path / "my.py", text.encode())))


def test_files_outside_the_folder_are_refused(folder: Path) -> None:
    (folder / "shop.toml").write_text('[extend]\nfeatures = ["../elsewhere.py"]\n')
    with pytest.raises(TrustError, match=r"Name a \.py file within the shop's folder"):
        open_shop(folder)
    (folder / "shop.toml").write_text('[extend]\nfeature = ["my.py"]\n')
    with pytest.raises(ShopError, match=r"means nothing here\. Known are features and tasks"):
        open_shop(folder)
