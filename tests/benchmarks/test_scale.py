"""How cost at several sizes becomes growth, and how a world's export lacks its last day."""

import json
import resource
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from benchmarks import scale
from benchmarks.scale import STEPS, CommandError, copy_until, ending, growth, resumed, whole_sizes


def row(customers: int, cpu: float, peak: int) -> dict[str, object]:
    return {"customers": customers, "step": "score", "seconds": 1.0, "cpu_seconds": cpu, "peak_mb": peak, "disk_mb": 0,
            "code": "a"}  # fmt: skip


def test_growth_is_the_slope_of_the_logarithms() -> None:
    (found,) = growth([row(100, 2.0, 300), row(1_000, 20.0, 300), row(10_000, 200.0, 300)])
    slopes = {"cpu_growth": pytest.approx(1.0), "memory_growth": pytest.approx(0.0, abs=0.01)}
    assert found == {"step": "score", **slopes, "code": "a"}


def test_one_size_has_no_growth() -> None:
    assert growth([row(100, 2.0, 300)]) == []


def test_what_stopped_has_no_growth() -> None:
    stopped = {"customers": 10_000, "step": "stopped", "why": "12.0 GB of disk"}
    assert growth([row(100, 2.0, 300), stopped, {**stopped, "customers": 20_000}]) == []


def test_a_run_goes_on_with_sizes_that_are_not_whole_or_of_other_code(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    assert whole_sizes(path, (100,), "a") == []
    steps = [{"customers": 100, "step": step, "code": "a"} for step in STEPS]
    path.write_text(json.dumps([*steps, {"customers": 200, "step": STEPS[0], "code": "a"}, {"step": STEPS[0], "x": 1}]))
    assert whole_sizes(path, (100, 200), "a") == steps
    assert whole_sizes(path, (100,), "b") == [], "measured again where it is asked for"
    assert whole_sizes(path, (200,), "b") == steps, "else kept with the name of its code"


def test_in_a_folder_that_is_kept_a_run_goes_on_with_the_command_that_had_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(home: Path, *arguments: str) -> tuple[float, resource.struct_rusage]:
        ran.append(" ".join(arguments[:2] if arguments[0] == "train" else arguments[:1]))
        if arguments[0] == "simulate":
            world = Path(arguments[-1])
            assert not world.exists()
            world.mkdir()
            day = "SELECT TIMESTAMP '2026-06-01' + INTERVAL 1 HOUR * i AS known_at FROM range(48) t(i)"
            duckdb.sql(f"COPY ({day}) TO '{world}/orders.parquet' (FORMAT parquet)")
        if ran[-1] == "train churn" and len(ran) == 3:
            raise CommandError("cut off")
        return 1.0, resource.getrusage(resource.RUSAGE_SELF)

    monkeypatch.setattr(scale, "_run", run)
    with pytest.raises(CommandError):
        list(resumed(100, tmp_path, "a"))
    rows = list(resumed(100, tmp_path, "b"))
    assert ran == ["simulate", "check", "train churn", "train churn", "train next_purchase", "score", "score"]
    assert [(row["step"], row["code"]) for row in rows] == list(zip(STEPS, "aabbbb", strict=True))


def test_a_size_whose_command_fails_or_that_fills_the_disk_ends_with_why(tmp_path: Path) -> None:
    def fails() -> Iterator[scale.Row]:
        yield row(100, 1.0, 1)
        raise CommandError("perennial train ended with 2: no memory")

    assert list(ending(100, fails(), tmp_path, 1))[1:] == [
        {"customers": 100, "step": "stopped", "why": "perennial train ended with 2: no memory"}
    ]
    (tmp_path / "world").write_bytes(b"0" * 2_000)
    (tmp_path / "linked").hardlink_to(tmp_path / "world")
    assert len(list(ending(100, iter([row(100, 1.0, 1)] * 2), tmp_path, 2_000))) == 2
    assert [one["step"] for one in ending(100, iter([row(100, 1.0, 1)] * 2), tmp_path, 1_999)] == ["score", "stopped"]


def test_an_export_ends_at_a_midnight_and_is_whole_again(tmp_path: Path) -> None:
    world, shop = tmp_path / "world", tmp_path / "shop"
    world.mkdir()
    (world / "shop.toml").write_text('name = "s"\n')
    day = "SELECT TIMESTAMP '2026-06-01' + INTERVAL 1 HOUR * i AS known_at, i FROM range(48) t(i)"
    duckdb.sql(f"COPY ({day}) TO '{world}/orders.parquet' (FORMAT parquet)")
    duckdb.sql(f"COPY (SELECT 1 AS i) TO '{world}/stores.parquet' (FORMAT parquet)")

    def counted() -> tuple[int, int]:
        found = [duckdb.sql(f"SELECT count(*) FROM '{shop}/{one}.parquet'").fetchall() for one in ("orders", "stores")]
        return found[0][0][0], found[1][0][0]

    copy_until(world, shop, datetime(2026, 6, 2))
    assert counted() == (24, 1)
    copy_until(world, shop, None)
    assert counted() == (48, 1)
    assert (shop / "shop.toml").read_text() == 'name = "s"\n'
