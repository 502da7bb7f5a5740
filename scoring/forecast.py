"""Quantiles of spend and of the next order's day: point forecasts and how outcomes scatter around them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.release import Spread

Array = NDArray[np.float64]
_NODES = 7
Answers = Mapping[str, Array]


def groups(answers: Answers, spread: Spread) -> NDArray[np.intp]:
    """The group of each row, 0 … len(edges)."""
    return np.searchsorted(spread.edges, answers[spread.by], side="right")


def widened(spread: Spread, deviation: float) -> Spread:
    """The spread with a level that may turn out higher or lower: log-normal, `deviation` on the log scale."""
    if deviation <= 0:
        return spread
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    factors, shares = np.exp(deviation * nodes), weights / weights.sum()
    values = tuple(_mixed(np.asarray(one), np.asarray(spread.levels), factors, shares) for one in spread.values)
    return replace(spread, values=values)


def _mixed(values: Array, levels: Array, factors: Array, shares: Array) -> tuple[float, ...]:
    """Quantiles of a distribution, given by its own, times each factor with its share."""
    points = np.unique(np.concatenate([values * factor for factor in factors]))
    below = sum(
        share * np.interp(points, values * factor, levels) for factor, share in zip(factors, shares, strict=True)
    )
    return tuple(np.interp(levels, below, points).tolist())


def spend_quantiles(answers: Answers, spread: Spread, levels: Sequence[float]) -> Array:
    """Quantiles of spend in the horizon, silent customers counted with 0.

    Spend is 0 with 1 − order_probability, else expected spend ÷ order_probability times a ratio drawn
    from the group's distribution.

    Returns
    -------
    array (n, len(levels)), currency, ascending along the rows
    """
    order = np.maximum(answers["order_probability"], 1e-12)
    if_order = answers["expected_spend"] / order
    group = groups(answers, spread)
    table = np.asarray(spread.values)
    result = np.zeros((len(order), len(levels)))
    for i, level in enumerate(levels):
        within = (level - (1 - order)) / order
        for g in np.unique(group[within > 0]):
            rows = (group == g) & (within > 0)
            result[rows, i] = np.interp(within[rows], spread.levels, table[g]) * if_order[rows]
    return result


def probability_by_day(answers: Answers, spread: Spread) -> Array:
    """P(an order by the end of day d), d = 0, 1, …; array (n, days), never falling, at the horizon's
    last day equal to order_probability."""
    within = np.asarray(spread.values)[groups(answers, spread)]
    by_day: Array = answers["order_probability"][:, None] * within
    return by_day.clip(max=1.0)


def days_until_order(answers: Answers, spread: Spread, levels: Sequence[float]) -> Array:
    """Quantiles of the day of the next order, as days after the cutoff; 0 is the cutoff's own day.

    Whole days have ties: the day whose middle (half of its own probability below) is nearest to the level
    is taken. NaN where the forecast's reach ends before the level.

    Returns
    -------
    array (n, len(levels))
    """
    by_day = probability_by_day(answers, spread)
    middle = by_day - np.diff(by_day, axis=1, prepend=0.0) / 2
    result = np.full((len(by_day), len(levels)), np.nan)
    for i, level in enumerate(levels):
        after = np.argmax(middle >= level, axis=1)
        after = np.where(middle[:, -1] < level, middle.shape[1] - 1, after)
        before = np.maximum(after - 1, 0)
        rows = np.arange(len(by_day))
        nearer = np.abs(middle[rows, before] - level) < np.abs(middle[rows, after] - level)
        reached = by_day[:, -1] >= level
        result[reached, i] = np.where(nearer, before, after)[reached]
    return result
