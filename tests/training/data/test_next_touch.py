"""The next touch, held to one naive loop over rows: first of the horizon, as known by the end."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.errors import CutoffError
from features.spine import Spine
from tests.shops import make_shop
from training.data.next_touch import MOST_STEPS, as_steps, first_touches, steps_of

CUTOFF, HORIZON = datetime(2025, 6, 1), 28
UNTIL = CUTOFF + timedelta(60)
CHANNELS, KINDS = ("web", "store", "小程序"), ("visit", "view", "add_to_cart")
ORDERS = [{"order_id": "1", "customer_id": "c0", "happened_at": CUTOFF - timedelta(9), "amount": 5}]


def touches(count: int, seed: int) -> list[dict[str, object]]:
    """Rows around the window, many of them at one moment, none on a whole second, some known late or too late."""
    rng = np.random.default_rng(seed)
    found: list[dict[str, object]] = []
    for _ in range(count):
        moment = CUTOFF + timedelta(days=int(rng.integers(-3, 35)), hours=int(rng.integers(0, 2)), microseconds=1)
        late = timedelta(days=int(rng.choice([0, 0, 0, 5, 90])))
        found.append({
            "customer_id": f"c{rng.integers(0, 40)}", "happened_at": moment, "known_at": moment + late,
            "channel": str(rng.choice(CHANNELS)), "kind": str(rng.choice(KINDS)),
        })  # fmt: skip
    return found


def plainly(rows: list[dict[str, object]], customer: str) -> str:
    mine = [
        (row["happened_at"], row["kind"] != "visit", f"{row['channel']}:{row['kind']}")
        for row in rows
        if row["customer_id"] == customer
        and CUTOFF <= row["happened_at"] < CUTOFF + timedelta(HORIZON)  # type: ignore[operator]
        and row["known_at"] < UNTIL  # type: ignore[operator]
    ]
    return min(mine)[2] if mine else "none"


@pytest.mark.parametrize("turned", [False, True])
def test_it_is_the_first_of_the_horizon_that_was_known_by_then(tmp_path: Path, turned: bool) -> None:
    rows = touches(120, 4)
    shop = make_shop(tmp_path, orders=ORDERS, touchpoints=rows[::-1] if turned else rows)
    ids = [f"c{i}" for i in range(41)]
    spine = Spine.from_rows(pa.table({"customer_id": ids, "cutoff": pa.array([CUTOFF] * 41, pa.timestamp("us"))}))
    found = first_touches(shop, spine, HORIZON, UNTIL)
    assert found.tolist() == [plainly(rows, one) for one in spine.rows["customer_id"].to_pylist()]
    assert len(set(found.tolist())) > 4 and "none" in found


def test_a_window_that_is_not_over_is_refused(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS, touchpoints=touches(5, 1))
    with pytest.raises(CutoffError, match="needs outcomes until 2025-06-29"):
        first_touches(shop, Spine.of(["c0"], [CUTOFF]), HORIZON, CUTOFF + timedelta(27))


def test_rare_steps_are_one_and_none_stands_last() -> None:
    first = np.array(["web:visit"] * 500 + ["store:visit"] * 300 + ["web:review"] * 2 + ["none"] * 900)
    steps = steps_of(first)
    assert steps == ("web:visit", "store:visit", "other", "none")
    assert as_steps(first, steps).sum(axis=0).tolist() == [500, 300, 2, 900]
    assert as_steps(np.array(["a:new channel"]), steps).tolist() == [[0, 0, 1, 0]]
    many = np.array([f"c{i}:visit" for i in range(20)] * 5)
    assert len(steps_of(many)) == MOST_STEPS + 2
