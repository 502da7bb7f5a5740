"""What an erasure writes: a table under several names once, and nothing that can be built again."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from scoring.manifests import files_told, write_manifest
from serving.state.erase_files import remove_from_files

ROWS = pa.table({"customer_id": ["a", "a", "b"], "amount": [1, 2, 3]})


@pytest.fixture
def places(tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: tmp_path / kind


def written(path: Path, rows: pa.Table = ROWS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path)
    return path


def written_at(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


def who(path: Path) -> list[str]:
    return pq.read_table(path)["customer_id"].to_pylist()


def test_a_table_that_lies_under_several_names_stays_one_file(places: Callable[[str], Path]) -> None:
    table = written(places("shops") / "import" / "orders.parquet")
    linked = [places("shops") / "import" / f"events-{n}" / "orders.parquet" for n in (1, 2)]
    for path in linked:
        path.parent.mkdir()
        os.link(table, path)
    own = written(places("shops") / "import" / "persons-1" / "orders.parquet", ROWS[:2])
    told = {"files": {"orders.parquet": {**files_told([table])["orders.parquet"], "rows": 3}}, "rows": {"orders": 3}}
    write_manifest(table.parent / "shop.json", told)
    removed = remove_from_files(places, ["a"])
    assert removed.counts == {"a": {"history": 8}} and removed.unreadable == []
    assert {path.stat().st_ino for path in linked} == {table.stat().st_ino} != {own.stat().st_ino}
    assert [who(path) for path in (table, *linked, own)] == [["b"], ["b"], ["b"], []]
    facts = json.loads((table.parent / "shop.json").read_bytes())
    assert facts["rows"] == {"orders": 1} and facts["files"]["orders.parquet"]["bytes"] == table.stat().st_size


def test_a_name_of_its_own_that_was_rewritten_before_a_kill_does_not_keep_the_others(
    places: Callable[[str], Path],
) -> None:
    table = written(places("shops") / "import" / "orders.parquet")
    linked = places("shops") / "import" / "events" / "orders.parquet"
    linked.parent.mkdir()
    os.link(table, linked)
    table.unlink()
    written(table, ROWS[2:])
    assert remove_from_files(places, ["a"]).counts == {"a": {"history": 2}}
    assert who(table) == who(linked) == ["b"]


def test_where_nobody_is_to_go_nothing_is_touched(places: Callable[[str], Path]) -> None:
    table = written(places("shops") / "import" / "orders.parquet")
    os.link(table, table.with_name("again.parquet"))
    before = written_at(table)
    assert remove_from_files(places, ["c"]).counts == {}
    assert written_at(table) == before and table.samefile(table.with_name("again.parquet"))


def test_features_kept_for_a_cutoff_go_whole_and_those_a_person_wrote_go_on(places: Callable[[str], Path]) -> None:
    kept = written(places("features") / f"2026-06-01-{'0a' * 10}.parquet")
    others = written(places("features") / f"2026-05-01-{'0a' * 10}.parquet", ROWS[2:])
    own = written(places("features") / "all-2026-06-01.parquet")
    assert remove_from_files(places, ["a"]).counts == {"a": {"features": 4}}
    assert not kept.exists() and others.exists() and who(own) == ["b"]


def test_lists_that_hold_nobody_are_not_written_and_ids_are_found_however_they_are_quoted(
    places: Callable[[str], Path],
) -> None:
    who = ['say "a"', "=b", "c,d", "é"]
    table = pa.table({"customer_id": [*who[:1], "'=b", *who[2:], "f"], "n": [1, 2, 3, 4, 5]})
    night, other, empty = (places("scores") / day / "scores.csv" for day in ("2026-06-01", "2026-06-02", "2026-06-03"))
    for path in (night, other, empty):
        path.parent.mkdir(parents=True)
    pacsv.write_csv(table, night)
    pacsv.write_csv(table[4:], other)
    empty.touch()
    before = written_at(other)
    assert remove_from_files(places, who).counts == {one: {"scores": 1} for one in who}
    assert night.read_text() == "customer_id,n\nf,5\n" and written_at(other) == before and empty.read_bytes() == b""


@pytest.mark.parametrize("place", ["shops", "features", "scores", "decisions", "experiments", "archive", "snapshots"])
def test_what_killed_writers_left_goes_wherever_people_lie(places: Callable[[str], Path], place: str) -> None:
    left = [
        written(places(place) / "d" / name) for name in (".a.parquet.part9-9-9", ".d.old9-9", "tmp_.a.parquet.part9-9")
    ]
    kept = [written(places(place) / "d" / name) for name in ("a.parquet", ".download.orders")]
    remove_from_files(places, ["nobody"])
    assert not any(path.exists() for path in left) and all(path.exists() for path in kept)
