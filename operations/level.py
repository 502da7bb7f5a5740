"""The level of the horizon ahead, as the night finds it, and the totals that follow with their band."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.engine import Engine
from features.shop import Shop
from scoring.level import ORDERS, VALUE, PeriodLevel
from scoring.release import ReleasedModel
from training.level.periods import level_at

_NORMAL = 1.2816  # standard deviations from the middle to either end of the band
_SCATTER = 1.3  # variance ÷ mean of all customers' days together, at a level that is known
_TOTALS = {
    "expected_shopping_days": ("shopping_days", (ORDERS,)),
    "expected_spend": ("spend", (ORDERS, VALUE)),
}


def level_ahead(
    shop: Shop, cutoff: datetime, models: Mapping[str, ReleasedModel], engine: Engine
) -> PeriodLevel | None:
    """The level of the horizon from a cutoff, by the models' own parameters; None where they were trained without."""
    learnt = [one.model for one in models.values() if one.model.level is not None]
    if not learnt:
        return None
    found = level_at(shop, cutoff, learnt[0].horizon_days, learnt[0].lag_days, learnt[0].habits, engine)
    return found.widened(max((one.unexplained for one in learnt), key=len))


def expected_totals(
    answers: Mapping[str, NDArray[np.float64]],
    eligible: NDArray[np.bool_],
    models: Mapping[str, ReleasedModel],
    level: PeriodLevel | None,
) -> dict[str, Any]:
    """What all eligible customers together are expected to do within the horizon.

    Returns
    -------
    dict       "shopping_days" and "spend", each with expected, p10 and p90; "level" with season and multiples of the
               usual by series; empty without a model of the next purchase
    """
    if "next_purchase" not in models:
        return {}
    days = float(answers["expected_shopping_days"][eligible].sum())
    found: dict[str, Any] = {}
    for answer, (name, series) in _TOTALS.items():
        total = float(answers[answer][eligible].sum())
        low, high = band(total, level, series=series, days=days)
        found[name] = {"expected": round(total, 2), "p10": round(low, 2), "p90": round(high, 2)}
    if level is not None:
        times = {series: round(float(np.exp(log)), 4) for series, log in level.logs.items()}
        found["level"] = {"season_learnt": level.season, "times_the_usual": times}
    return found


def band(
    total: float, level: PeriodLevel | None, *, series: Sequence[str] = (ORDERS,), days: float | None = None
) -> tuple[float, float]:
    """The middle 80 % of a total: how the level is uncertain, and how all customers' days scatter around it.

    Parameters
    ----------
    total : float           expected
    series : sequence       of the level, which the total follows
    days : float, optional  shopping days behind it; the total itself where it is one of days
    """
    own = level.spread(dict.fromkeys(series, 1.0)) if level else 0.0
    deviation = float(np.sqrt(own**2 + _SCATTER / max(total if days is None else days, 1.0)))
    return total * float(np.exp(-_NORMAL * deviation)), total * float(np.exp(_NORMAL * deviation))
