"""Cumulative gain: what is won by treating the best first, and how far that lies above treating anybody.

Rows are ordered by what their best arm is worth; the gain at a share is the summed doubly robust gain of that many rows
under their own best arm, so several arms and unequal propensities are judged right. The Qini figure is the area between
the curve and the straight line to its end (Radcliffe 2007), in the outcome's unit a row.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, resamples

Array = NDArray[np.float64]
POINTS = 20
_DRAWS = 200


@dataclass(frozen=True)
class GainCurve:
    """Gain a row of the whole, by the share that is treated, with 95 % intervals; and the area above chance.

    Attributes
    ----------
    shares, gain, low, high : (POINTS + 1,)
    qini : Interval
    """

    shares: Array
    gain: Array
    low: Array
    high: Array
    qini: Interval


def gain_curve(scores: Array, cost: Array, effects: Array, groups: NDArray[np.str_]) -> GainCurve:
    """The curve of an order by effects that were learnt without the rows.

    Parameters
    ----------
    scores : (n, k)         doubly robust scores
    cost : (k,)             of each arm
    effects : (n, k − 1)    what each arm but the control is said to change
    groups : (n,)           drawn together for the intervals
    """
    net = effects - cost[1:]
    best = net.argmax(axis=1)
    rows = np.arange(len(net))
    worth = net[rows, best]
    gained = scores[rows, best + 1] - scores[:, 0] - cost[best + 1]
    whole = _curve(worth, gained)
    drawn = np.stack([_curve(worth[some], gained[some]) for some in resamples(groups, draws=_DRAWS)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    areas = [_area(one) for one in drawn]
    return GainCurve(
        _shares(), whole, low, high, Interval(_area(whole), *map(float, np.quantile(areas, [0.025, 0.975])))
    )


def area_above_chance(worth: Array, gained: Array) -> float:
    """The Qini figure of rows ordered by what they are said to be worth, from what each gained."""
    return _area(_curve(worth, gained))


def _shares() -> Array:
    return np.linspace(0.0, 1.0, POINTS + 1)


def _curve(worth: Array, gained: Array) -> Array:
    # Rows that are worth the same share what they gain, so that ties have no order.
    order = np.argsort(-worth, kind="stable")
    _, tie = np.unique(-worth[order], return_inverse=True)
    even = np.bincount(tie, weights=gained[order]) / np.bincount(tie)
    summed = np.concatenate([[0.0], np.cumsum(even[tie])]) / len(worth)
    return np.asarray(np.interp(_shares() * len(worth), np.arange(len(worth) + 1), summed))


def _area(curve: Array) -> float:
    return float(np.trapezoid(curve - _shares() * curve[-1], _shares()))
