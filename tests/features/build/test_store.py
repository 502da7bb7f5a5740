import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build import store
from features.build.build import build
from features.build.store import FeatureStore
from features.feature import feature
from features.shop import Shop
from features.spine import Spine
from serving.state.erase_files import BUILT
from tests.shops import make_shop

MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)
ORDERS = [
    {"order_id": str(day), "customer_id": "ab"[day % 2], "happened_at": MAY + timedelta(days=day), "amount": day}
    for day in range(-20, 25)
]


@feature(table="orders", windows=("30d",), unit="currency", empty=0)
def spend(orders):
    """Money spent."""
    return orders.amount.sum()


def whole(kept: FeatureStore, shop: Shop, spine: Spine, columns) -> pa.Table:
    return pa.concat_tables(kept.parts(shop, spine, columns))


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*")}


@pytest.fixture
def built(monkeypatch):
    """The cutoffs each call had to build."""
    calls = []
    original = store.built_in_parts

    def spy(shop, spine, columns, **more):
        calls.append(spine.cutoffs)
        return original(shop, spine, columns, **more)

    monkeypatch.setattr(store, "built_in_parts", spy)
    return calls


def test_a_new_night_builds_only_its_own_cutoff(tmp_path, built):
    kept = FeatureStore(tmp_path / "kept")
    shop = make_shop(tmp_path, orders=ORDERS)
    whole(kept, shop, Spine.of("ab", [MAY]), spend.columns)
    later = [*ORDERS, {"order_id": "new", "customer_id": "a", "happened_at": JUNE - timedelta(days=1), "amount": 1}]
    shop = make_shop(tmp_path, orders=later)
    table = whole(kept, shop, Spine.of("ab", [MAY, JUNE]), spend.columns)
    assert built == [[MAY], [JUNE]]
    assert table["cutoff"].to_pylist() == [MAY, MAY, JUNE, JUNE]


def test_a_row_that_arrives_late_but_was_known_then_rebuilds_the_old_cutoff(tmp_path, built):
    kept = FeatureStore(tmp_path / "kept")
    whole(kept, make_shop(tmp_path, orders=ORDERS), Spine.of("ab", [MAY]), spend.columns)
    more = [*ORDERS, {"order_id": "x", "customer_id": "a", "happened_at": MAY - timedelta(days=1), "amount": 1}]
    whole(kept, make_shop(tmp_path, orders=more), Spine.of("ab", [MAY]), spend.columns)
    assert built == [[MAY], [MAY]]


def test_a_rerun_gives_the_same_bytes(tmp_path):
    shop = make_shop(tmp_path, orders=ORDERS)
    for name in ("one", "two"):
        whole(FeatureStore(tmp_path / name), shop, Spine.of("ab", [MAY, JUNE]), spend.columns)
    assert files(tmp_path / "one") == files(tmp_path / "two") != {}


def test_no_more_tables_are_kept_than_a_year_of_nights(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT", 3)
    shop, kept = make_shop(tmp_path, orders=ORDERS), FeatureStore(tmp_path / "kept")
    for night in range(6):
        whole(kept, shop, Spine.of("ab", [MAY + timedelta(days=night)]), spend.columns)
    assert sorted(name[:10] for name in files(kept.folder)) == ["2026-05-04", "2026-05-05", "2026-05-06"]


def test_a_build_that_fails_half_way_leaves_no_file(tmp_path, monkeypatch):
    def torn(rows, path, **more):
        Path(path).write_bytes(b"PAR1")
        raise OSError("disk full")

    kept = FeatureStore(tmp_path / "kept")
    shop = make_shop(tmp_path, orders=ORDERS)
    monkeypatch.setattr(store.pq, "write_table", torn)
    with pytest.raises(OSError, match="disk full"):
        whole(kept, shop, Spine.of("ab", [MAY]), spend.columns)
    assert files(tmp_path / "kept") == {}


def test_a_night_is_built_into_its_file_once_and_says_what_a_table_says(tmp_path):
    shop, spine = make_shop(tmp_path, orders=ORDERS), Spine.of("ab", [JUNE])
    kept = FeatureStore(tmp_path / "kept")
    path = kept.build_file(shop, spine, spend.columns)
    before = files(tmp_path / "kept")
    assert kept.build_file(shop, spine, spend.columns) == path and files(tmp_path / "kept") == before
    assert pq.read_table(path).to_pylist() == build(shop, spine, spend.columns).to_pylist()
    assert whole(kept, shop, Spine.of("ab", [MAY, JUNE]), spend.columns)[2:].to_pylist() == (
        pq.read_table(path).to_pylist()
    )
    assert list(before) == [path.name]


def test_features_of_somebody_who_was_erased_since_are_asked_for_no_more(tmp_path, built):
    """An erasure drops files that hold the person: nothing could be taken from them again."""
    kept = FeatureStore(tmp_path / "kept")
    whole(kept, make_shop(tmp_path, orders=ORDERS), Spine.of("ab", [MAY]), spend.columns)
    (old,) = files(tmp_path / "kept")
    assert BUILT.fullmatch(old)
    left = [row for row in ORDERS if row["customer_id"] == "b"]
    whole(kept, make_shop(tmp_path, orders=left), Spine.of("b", [MAY]), spend.columns)
    assert built == [[MAY], [MAY]]
