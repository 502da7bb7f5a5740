"""The made shops have the level they are said to have."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.season_shops import KINDS, prepare


def days_of(kind, tmp_path):
    table = pq.read_table(prepare(kind, 600, 1, tmp_path) / "orders.parquet")
    start = np.datetime64(KINDS[kind].start, "D")
    return (table["happened_at"].to_numpy().astype("datetime64[D]") - start).astype(int)


def test_the_christmas_shop_is_closed_outside_its_season(tmp_path):
    day = days_of("christmas", tmp_path)
    of_year = (day + 305) % 365
    assert ((of_year >= 315) & (of_year <= 362)).mean() > 0.99


def test_half_is_gone_once_a_store_is_closed(tmp_path):
    day = days_of("closing", tmp_path)
    before, after = ((day >= 430) & (day < 480)).sum(), ((day >= 481) & (day < 531)).sum()
    assert after / before == pytest.approx(0.55, abs=0.15)


def test_it_is_made_once(tmp_path):
    first = prepare("flat", 50, 1, tmp_path)
    stamp = (first / "orders.parquet").stat().st_mtime_ns
    assert (prepare("flat", 50, 1, tmp_path) / "orders.parquet").stat().st_mtime_ns == stamp
