"""About one row in twenty reaches the shop late, returns more often."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.contract import missing
from simulation.lateness import arrivals, stamp_orders
from simulation.noise import Noise
from simulation.season import DAY
from simulation.world import simulate

Ask = Callable[[str], list[tuple[Any, ...]]]
LATE = "avg((known_at - happened_at >= INTERVAL 1 DAY)::INT)"


@pytest.mark.parametrize("name", ["orders", "touchpoints", "messages", "responses"])
def test_share_of_late_rows(ask: Ask, name: str) -> None:
    ((share,),) = ask(f"SELECT {LATE} FROM {name} {'WHERE kind = $$order$$' if name == 'orders' else ''}")
    # A late message makes its answers late, and the last late rows have not arrived yet.
    assert 0.04 < share < (0.11 if name == "responses" else 0.06)


def test_returns_are_late_more_often(ask: Ask) -> None:
    ((share,),) = ask(f"SELECT {LATE} FROM orders WHERE kind = 'return'")
    assert 0.13 < share < 0.27


def test_late_rows_come_a_day_later_or_more() -> None:
    happened = np.arange(20_000)
    waits = arrivals(np.random.default_rng(1), happened, 0.05) - happened
    assert set(np.unique(waits[waits < DAY])) == {0}
    assert abs((waits > 0).mean() - 0.05) < 0.006


def test_a_return_is_never_known_before_its_order() -> None:
    gap = missing("moment")
    columns = {
        "happened_at": np.array([0, 10]),
        "known_at": np.full(2, gap),
        "of_order_id": np.array([-1, 0]),
    }
    stamp_orders(np.random.default_rng(0), columns, 1.0)
    assert columns["known_at"][1] >= columns["known_at"][0] >= DAY


def test_without_noise_everything_is_known_at_once(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    simulate(100, 3, 1, tmp_path, noise=Noise(late=0.0))
    for name in ("orders", "touchpoints", "messages"):
        rows = pq.read_table(tmp_path / f"{name}.parquet")
        assert rows["known_at"] == rows["happened_at"]
