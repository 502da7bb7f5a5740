"""A manifest tells its files as they are, also after rows were taken out of them."""

import json
from pathlib import Path

from scoring.manifests import files_told, renew, write_manifest
from scoring.verified_files import digest


def run(folder: Path, **more: object) -> Path:
    for name in ("scores.parquet", "scores.csv"):
        (folder / name).write_text(f"{name}: C-1, C-2")
    path = folder / "scores.manifest.json"
    write_manifest(path, {"files": files_told([folder / "scores.parquet", folder / "scores.csv"]), **more})
    return path


def test_a_run_vouches_for_the_files_as_they_are_after_an_erasure(tmp_path: Path) -> None:
    manifest = run(tmp_path, rows=2)
    (tmp_path / "scores.csv").write_text("C-2")
    renew(manifest, {tmp_path / "scores.csv": 1})
    told = json.loads(manifest.read_text())
    assert told["files"]["scores.csv"] == {"bytes": 3, "sha256": digest(tmp_path / "scores.csv")}
    assert told["rows"] == 2  # of the run; what its files tell is theirs


def test_an_ingest_counts_its_rows_again_where_some_went(tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").write_text("C-2")
    (tmp_path / "visits.parquet").write_text("C-2")
    told = {"bytes": 9, "sha256": "old", "rows": 5}
    write_manifest(
        tmp_path / "shop.json",
        {"files": {"orders.parquet": dict(told), "visits.parquet": dict(told)}, "rows": {"orders": 5, "visits": 5}},
    )
    renew(tmp_path / "shop.json", {tmp_path / "orders.parquet": 2})
    now = json.loads((tmp_path / "shop.json").read_text())
    assert now["files"]["orders.parquet"]["rows"] == now["rows"]["orders"] == 3
    assert now["files"]["visits.parquet"] == told and now["rows"]["visits"] == 5


def test_what_names_a_lost_file_or_is_torn_vouches_for_nothing_and_stays(tmp_path: Path) -> None:
    manifest = run(tmp_path)
    before = manifest.read_bytes()
    (tmp_path / "scores.csv").unlink()
    renew(manifest, {})
    assert manifest.read_bytes() == before
    manifest.write_bytes(before[:20])
    renew(manifest, {})
    assert manifest.read_bytes() == before[:20]
