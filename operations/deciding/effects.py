"""What the night takes actions to bring, learnt from what its own earlier decisions brought.

A measured effect takes the place of an assumed one where the data can tell: its interval leaves out 0, or leaves out
all that was assumed – then it is "no effect", however hopeful shop.toml is. Else the assumption stays.
"""

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from decisions.actions import LEAVE_ALONE
from decisions.worth.measured import Measured
from features.engine import Engine
from features.shop import Shop
from operations import home
from operations.deciding.outcomes import EVERYTHING, OutcomeLine, outcomes_at
from training.evaluation.bootstrap import Interval

LOOKED_BACK = 365  # days of decisions that are learnt from
_1_96 = 1.96


def learnt_effects(shop: Shop, cutoff: datetime, horizon_days: int, engine: Engine) -> tuple[Measured, ...]:
    """What decisions of the last year have shown by a cutoff; empty where nobody went without by lot.

    Without a stated margin nothing is learnt: what is measured is margin.
    """
    since = cutoff - timedelta(days=LOOKED_BACK)
    if shop.settings.margin is None or not any(home.all_decisions(shop).glob("*/policy.parquet")):
        return ()
    found = outcomes_at(shop, cutoff, horizon_days, engine, since=since)
    hoped = _hoped(shop, since, cutoff)
    told = (
        _measured(line, hoped.get((line.action, line.channel))) for line in found.lines if line.action != EVERYTHING
    )
    return tuple(one for one in told if one is not None)


def _measured(line: OutcomeLine, hoped: float | None) -> Measured | None:
    """The finding, None where it tells neither an effect nor the absence of what was hoped for."""
    gained, ordered = line.gained, line.ordered
    if gained is None or ordered is None:
        return None
    shows = gained.low > 0 or gained.high < 0
    if not shows and not (hoped is not None and gained.high < hoped):
        return None
    probability = _kept(ordered) if shows else 0.0
    low, high = min(ordered.low, probability), max(ordered.high, probability)
    return Measured(line.action, line.channel, _kept(gained) if shows else 0.0, gained.low, gained.high,
                    probability, low, high, line.given, line.without)  # fmt: skip


def _kept(told: Interval) -> float:
    """What is left of a measured effect after shrinking it to 0 by its own noise (positive-part James–Stein)."""
    error = (told.high - told.low) / (2 * _1_96)
    return told.value * max(0.0, 1 - error**2 / told.value**2) if told.value else 0.0


def _hoped(shop: Shop, since: datetime, cutoff: datetime) -> dict[tuple[str, str], float]:
    """The mean margin that each action and channel was assumed to bring when it was decided."""
    sums: dict[tuple[str, str], tuple[float, int]] = {}
    for path in sorted(home.all_decisions(shop).glob("*/decisions.parquet")):
        if f"{since:%Y-%m-%d}" <= path.parent.name < f"{cutoff:%Y-%m-%d}":
            names = ["action", "channel", "expected_net_value", "cost"]
            for row in _acted(pq.read_table(path, columns=names)):
                total, count = sums.get((row["action"], row["channel"]), (0.0, 0))
                gain = row["expected_net_value"] + row["cost"]
                sums[row["action"], row["channel"]] = (total + gain, count + 1)
    return {key: total / count for key, (total, count) in sums.items()}


def _acted(rows: pa.Table) -> list[dict[str, Any]]:
    return [one for one in rows.to_pylist() if one["action"] != LEAVE_ALONE and one["expected_net_value"] is not None]
