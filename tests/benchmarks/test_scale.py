"""How cost at several sizes becomes growth, and how a world's export lacks its last day."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from benchmarks.scale import copy_until, growth


def row(customers: int, cpu: float, peak: int) -> dict[str, object]:
    return {"customers": customers, "step": "score", "seconds": 1.0, "cpu_seconds": cpu, "peak_mb": peak, "disk_mb": 0}


def test_growth_is_the_slope_of_the_logarithms() -> None:
    (found,) = growth([row(100, 2.0, 300), row(1_000, 20.0, 300), row(10_000, 200.0, 300)])
    assert found == {"step": "score", "cpu_growth": pytest.approx(1.0), "memory_growth": pytest.approx(0.0, abs=0.01)}


def test_one_size_has_no_growth() -> None:
    assert growth([row(100, 2.0, 300)]) == []


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
