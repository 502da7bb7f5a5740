"""A file of features appears whole or not at all, and what killed writers left is swept."""

import os
from pathlib import Path

import duckdb
import pytest

from features.engine import PARQUET
from features.errors import ShopError
from features.files import folder_in_one_piece, replacing, sweep


def test_a_failure_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "orders.parquet"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_success_takes_its_place_in_a_folder_made_for_it(tmp_path):
    path = tmp_path / "new" / "orders.parquet"
    with replacing(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new" and list(path.parent.iterdir()) == [path]


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ShopError, match="Choose another place with --out"), replacing(tmp_path / "file" / "orders"):
        pass


def test_only_old_parts_are_swept(tmp_path):
    old, fresh, file = tmp_path / ".a.part1-1", tmp_path / ".b.part1-1", tmp_path / "a"
    aside = tmp_path / ".a.old1-1-1"
    for path in (old, aside, fresh, file):
        path.write_text("")
    for path in (old, aside):
        os.utime(path, (0, 0))
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([fresh, file])


def test_a_folder_takes_the_place_of_another_whole_and_leaves_nothing_beside_it(tmp_path):
    folder = tmp_path / "shop"
    for name in ("old", "new"):
        with folder_in_one_piece(folder) as part:
            (part / name).write_text(name)
    assert [path.name for path in folder.iterdir()] == ["new"] and list(tmp_path.iterdir()) == [folder]
    with pytest.raises(RuntimeError), folder_in_one_piece(folder):
        raise RuntimeError
    assert [path.name for path in folder.iterdir()] == ["new"] and list(tmp_path.iterdir()) == [folder]


def test_where_a_folder_cannot_take_its_place_the_old_one_is_back(tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    with folder_in_one_piece(folder) as part:
        (part / "old").write_text("old")
    rename = Path.replace

    def refused(path, target):
        if ".part" in path.name:
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(ShopError, match="No space left"), folder_in_one_piece(folder) as part:
        (part / "new").write_text("new")
    assert [path.name for path in folder.iterdir()] == ["old"] and list(tmp_path.iterdir()) == [folder]


def test_a_table_is_written_where_a_kill_leaves_it_for_the_sweep(tmp_path):
    """DuckDB would write beside a file that is there, under a name of its own."""
    with replacing(tmp_path / "orders.parquet") as part:
        first = part.stat().st_ino
        duckdb.sql(f"COPY (SELECT 1 AS one) TO '{part}' ({PARQUET})")
        assert part.stat().st_ino == first
