"""How outcomes scatter around forecasts: distributions by group, from cutoffs the model has not seen."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.release import Spread

Array = NDArray[np.float64]

_BY = "expected_shopping_days"
_MOST_GROUPS = 10
_ROWS_A_GROUP = 150
_LEVELS = np.linspace(0.0, 1.0, 41)
_PSEUDO_ROWS = 20.0  # a group's hazard of ordering on a day is shrunk to everyone's by this many rows


def spend_spread(answers: Mapping[str, Array], labels: Mapping[str, Array]) -> Spread:
    """Quantiles of spend ÷ expected spend of those who ordered, by how often they were expected to."""
    ordered = labels["days"] > 0
    grouping = answers[_BY][ordered]
    edges = _edges(grouping)
    group = np.searchsorted(edges, grouping, side="right")
    expected = answers["expected_spend"][ordered] / np.maximum(answers["order_probability"][ordered], 1e-12)
    ratio = labels["spend"][ordered] / np.maximum(expected, 1e-12)
    values = tuple(_quantiles(ratio[group == g]) for g in range(len(edges) + 1))
    return Spread(_BY, edges, tuple(_LEVELS.tolist()), values)


def order_spread(answers: Mapping[str, Array], labels: Mapping[str, Array], horizon_days: int) -> Spread:
    """P(order by day d) ÷ P(order within the horizon) for d = 1 … twice the horizon, by expected frequency.

    Customers watched for one horizon only count until then (Kaplan–Meier).
    """
    grouping = answers[_BY]
    edges = _edges(grouping)
    group = np.searchsorted(edges, grouping, side="right")
    everyone = _hazard(labels["next_order"], labels["watched"], 2 * horizon_days, np.zeros(2 * horizon_days))
    values = []
    for g in range(len(edges) + 1):
        rows = group == g
        hazard = _hazard(labels["next_order"][rows], labels["watched"][rows], 2 * horizon_days, everyone)
        by_day = 1 - np.cumprod(1 - hazard)
        within = by_day[horizon_days - 1]
        values.append(by_day / within if within > 0 else np.minimum(1.0, np.arange(1, len(by_day) + 1) / horizon_days))
    days = tuple(float(day) for day in range(1, 2 * horizon_days + 1))
    return Spread(_BY, edges, days, tuple(tuple(row.tolist()) for row in values))


def _hazard(next_order: Array, watched: Array, reach: int, prior: Array) -> Array:
    """Of those who had not ordered before day d and were watched on it, the share who ordered on it."""
    day = np.arange(reach)
    came = np.where(next_order < watched, next_order, reach)
    events = np.bincount(came[came < reach].astype(int), minlength=reach)
    last_seen = np.minimum(came, watched - 1)
    at_risk = (last_seen[:, None] >= day).sum(axis=0) if len(last_seen) else np.zeros(reach)
    pseudo = _PSEUDO_ROWS if prior.any() else 0.0
    hazard: Array = (events + pseudo * prior) / np.maximum(at_risk + pseudo, 1)
    return hazard


def everyones_quantiles(labels: Mapping[str, Array], levels: Sequence[float], horizon_days: int) -> dict[str, Array]:
    """The quantiles of all outcomes together, the same for everybody: what personal ones have to beat.

    Returns
    -------
    dict      "spend" → amounts, "next_order" → days after the cutoff, NaN beyond twice the horizon; by level
    """
    reach = 2 * horizon_days
    by_day = 1 - np.cumprod(1 - _hazard(labels["next_order"], labels["watched"], reach, np.zeros(reach)))
    days = np.searchsorted(by_day, levels).astype(np.float64)
    return {"spend": np.quantile(labels["spend"], levels), "next_order": np.where(days < reach, days, np.nan)}


def _edges(grouping: Array) -> tuple[float, ...]:
    groups = int(np.clip(len(grouping) // _ROWS_A_GROUP, 1, _MOST_GROUPS))
    if groups == 1:
        return ()
    return tuple(np.unique(np.quantile(grouping, np.arange(1, groups) / groups)).tolist())


def _quantiles(ratio: Array) -> tuple[float, ...]:
    if len(ratio) == 0:
        return tuple(np.ones(len(_LEVELS)).tolist())
    return tuple(np.quantile(ratio, _LEVELS).tolist())
