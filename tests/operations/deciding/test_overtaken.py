"""Nobody is contacted for a day that newer decisions know nothing of."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.errors import DataError
from tests.operations.deciding.test_decide import CUTOFF, _home, exploring, night  # noqa: F401

AHEAD = {"latest": CUTOFF}


def acted(made) -> set[str]:
    rows = pq.read_table(made.decision_files["parquet"]).to_pylist()
    return {row["customer_id"] for row in rows if row["action"] != "leave_alone"}


def test_an_older_night_is_not_decided_beside_newer_ones(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    assert acted(night(shop))
    with pytest.raises(DataError, match="people given something then would be contacted for both"):
        night(shop, days=-1)
    assert not (tmp_path / "home" / "decisions" / "corner-shop" / "2026-05-31").exists()
    assert night(shop, days=-1, accept=True).decision_files
    assert night(shop, days=-1).decision_files  # the same again is nothing new


def test_a_night_beyond_today_is_a_mistake_and_does_not_count(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    night(shop, days=1)
    assert acted(night(shop, **AHEAD))
