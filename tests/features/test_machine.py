"""How much memory a process may use, as Linux tells it."""

from pathlib import Path

import pytest

from features.engine import DuckDB
from features.errors import PerennialError
from features.ingest.source.database import Database
from features.machine import memory, memory_limit

GB = 2**30


def told(folder: Path, groups: str, **limits: str) -> int:
    """`memory` of a process in these groups; limits by path below the top, `/` written as `__`."""
    top, of_process = folder / "cgroup", folder / "of-process"
    of_process.write_text(groups)
    for name, limit in limits.items():
        path = top.joinpath(*name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name({"max": "memory.max", "v1": "memory.limit_in_bytes"}[path.name]).write_text(limit)
    return memory(top, of_process)


def test_the_machine_counts_where_nothing_limits(tmp_path: Path) -> None:
    machine = memory(tmp_path / "none", tmp_path / "neither")
    assert machine > GB / 4
    assert told(tmp_path, "0::/a/b\n", a__b__max="max\n") == machine


def test_the_smallest_limit_of_any_group_above_counts(tmp_path: Path) -> None:
    limits = {"a__max": "50000000\n", "a__b__max": "max\n"}
    assert told(tmp_path, "0::/a/b\n", **limits) == 50_000_000
    assert told(tmp_path, "0::/a/b\n", **limits, a__b__c__max="7\n") == 50_000_000


def test_the_older_way_to_tell_it_is_read(tmp_path: Path) -> None:
    groups = "3:cpu,cpuacct:/\n9:memory:/box\n"
    assert told(tmp_path, groups, memory__box__v1="60000000\n") == 60_000_000


def test_a_namespace_of_its_own_shows_its_limit_at_the_top(tmp_path: Path) -> None:
    assert told(tmp_path, "0::/../outside\n", max="70000000\n") == 70_000_000


def test_both_databases_take_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_MEMORY", "300MiB")
    asked = "SELECT current_setting('memory_limit')"
    engine = DuckDB()
    try:
        assert engine._sql.execute(asked).fetchall() == [("300.0 MiB",)]
    finally:
        engine.close()
    with Database([tmp_path], tmp_path) as database:
        assert database.row(asked) == ("300.0 MiB",)


def test_what_is_no_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_MEMORY", "2 gigs'; DROP")
    with pytest.raises(PerennialError, match=r"is not a size\. Write it as 2GB or 500MB"):
        memory_limit(GB)


def test_half_of_it_is_taken_and_no_more_than_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERENNIAL_MEMORY", raising=False)
    assert memory_limit(1_000) == "1000B"
    assert memory_limit(10**18) == f"{memory() // 2}B"
