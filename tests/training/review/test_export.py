import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from scoring.errors import ReleaseError
from scoring.release import read_release
from tests.training.tiny_models import FEATURES, NOW
from training.review.export import POINTER, Champion, ColumnNote, ExportError, Surroundings, export_release, point_to
from training.review.golden import largest_difference

COLUMNS = [ColumnNote(name, f"{name}-print", "days", f"What {name} means.", None) for name in (*FEATURES, "unused")]
SHOP = Surroundings("corner-shop", "Europe/Lisbon", "EUR", COLUMNS, {"policy.json": b"{}", "sql/one.sql": b"SELECT 1"})
Make = Callable[..., Champion]


def test_a_release_reads_back_as_it_was_written(champion_of: Make, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    written = export_release({"churn": champion_of("7")}, SHOP, releases=releases, created_at=NOW)
    read = read_release(releases / POINTER)

    assert read.release_id == written.release_id
    assert (read.shop, read.timezone, read.currency, read.horizon_days) == ("corner-shop", "Europe/Lisbon", "EUR", 28)
    assert read.models["churn"].version == "7"
    assert [column["name"] for column in read.columns] == list(FEATURES)
    assert (read.folder / "sql/one.sql").read_bytes() == b"SELECT 1"
    on_disk = {str(path.relative_to(read.folder)) for path in read.folder.rglob("*") if path.is_file()}
    assert on_disk == {*read.manifest["files"], "manifest.json"}


def test_its_golden_rows_are_answered_alike(champion_of: Make, tmp_path: Path) -> None:
    release = export_release({"churn": champion_of()}, SHOP, releases=tmp_path / "r", created_at=NOW)
    golden = json.loads((release.folder / "golden.json").read_text())

    models = [entry.model for entry in release.models.values()]
    assert largest_difference(golden, models, release.column_refs) <= golden["tolerance"]


def test_the_pointer_moves_to_the_newest_and_back(champion_of: Make, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    first = export_release({"churn": champion_of("1")}, SHOP, releases=releases, created_at=NOW)
    second = export_release({"churn": champion_of("2")}, SHOP, releases=releases, created_at=NOW + timedelta(days=1))
    assert read_release(releases / POINTER).release_id == second.release_id

    point_to(releases, first.release_id)
    assert read_release(releases / POINTER).models["churn"].version == "1"
    assert sorted(path.name for path in releases.iterdir()) == sorted([POINTER, first.release_id, second.release_id])


def test_a_damaged_release_is_never_pointed_to(champion_of: Make, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    first = export_release({"churn": champion_of("1")}, SHOP, releases=releases, created_at=NOW)
    second = export_release({"churn": champion_of("2")}, SHOP, releases=releases, created_at=NOW + timedelta(days=1))
    point_to(releases, first.release_id)
    (second.folder / "policy.json").write_text("{ }")

    with pytest.raises(ReleaseError, match=r"policy\.json is not the file its digest was taken of"):
        point_to(releases, second.release_id)
    assert read_release(releases / POINTER).release_id == first.release_id


def test_champions_of_two_horizons_do_not_fit_into_one_release(champion_of: Make, tmp_path: Path) -> None:
    champions = {
        "churn": champion_of("1"),
        "next_purchase": champion_of("2", task="next_purchase", horizon_days=14),
    }
    with pytest.raises(ExportError, match="one release holds one horizon_days") as error:
        export_release(champions, SHOP, releases=tmp_path / "r", created_at=NOW)
    assert "churn: 28, next_purchase: 14" in str(error.value)
    assert not (tmp_path / "r").exists()


def test_a_shop_without_champion_has_no_release(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Train one first"):
        export_release({}, SHOP, releases=tmp_path, created_at=NOW)


def test_features_of_another_fingerprint_are_refused(champion_of: Make, tmp_path: Path) -> None:
    changed = [ColumnNote(name, "changed", "days", "", None) for name in FEATURES]
    shop = Surroundings("corner-shop", "UTC", "EUR", changed)
    with pytest.raises(ReleaseError, match="was trained with days_since_order@days_s, this service has"):
        export_release({"churn": champion_of()}, shop, releases=tmp_path / "r", created_at=NOW)
