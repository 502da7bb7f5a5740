"""The mean effect of each action: all that most trials can tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]
_95 = 1.959963984540054


@dataclass(frozen=True)
class MeanEffect:
    """What an action changes on average.

    Attributes
    ----------
    measured, error : float     the plain estimate and its standard error
    shrunk : float              pulled to 0 by as much as the actions' estimates look like noise
    low, high : float           95 % interval of the plain estimate
    """

    measured: float
    error: float
    shrunk: float
    low: float
    high: float

    @property
    def pvalue(self) -> float:
        """Of no effect on average, two-sided."""
        return float(2 * norm.sf(abs(self.measured) / self.error)) if self.error > 0 else 1.0


def mean_effects(gains: Array, groups: NDArray[np.str_], weights: Array | None = None) -> list[MeanEffect]:
    """Mean and interval of each action's effect, and what is left of it after shrinking.

    The share that is kept is τ²/(τ² + error²), with τ² how far the estimates spread around 0 beyond their errors
    (empirical Bayes; Efron & Morris 1973): where nothing stands out nothing is left.

    Parameters
    ----------
    gains : (n, actions)    scores whose mean is the effect, such as doubly robust ones less the control's
    groups : (n,)           whose row it is: rows of one customer share their noise
    weights : (n, actions)  how much each row counts, 0 where the action could not have been dealt; alike by default
    """
    counted = np.ones(gains.shape) if weights is None else weights
    told = [mean_and_error(gains[mine > 0, place], groups[mine > 0], mine[mine > 0])
            for place, mine in enumerate(counted.T)]  # fmt: skip
    spread = max(0.0, float(np.mean([mean**2 - error**2 for mean, error in told])))
    return [
        MeanEffect(mean, error, mean * spread / (spread + error**2) if spread + error**2 > 0 else mean,
                   mean - _95 * error, mean + _95 * error)
        for mean, error in told
    ]  # fmt: skip


def mean_and_error(values: Array, groups: NDArray[np.str_], weights: Array | None = None) -> tuple[float, float]:
    """A weighted mean and its standard error, rows of one group drawn together."""
    if len(values) == 0:
        return 0.0, float("inf")
    counted = np.ones(len(values)) if weights is None else weights
    mean = float(np.average(values, weights=counted))
    _, group = np.unique(groups, return_inverse=True)
    sums = np.bincount(group, weights=counted * (values - mean))
    count = len(sums)
    if count < 2:
        return mean, float("inf")
    return mean, float(np.sqrt((sums**2).sum() * count / (count - 1)) / counted.sum())
