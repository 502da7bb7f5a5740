"""Intervals of metrics and of their differences on the same rows, by resampling customers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Interval:
    """A value with the 2.5 % and 97.5 % quantiles of its bootstrap distribution."""

    value: float
    low: float
    high: float


def interval(statistic: Callable[[Rows], float], customers: ArrayLike, *, draws: int = 400, seed: int = 0) -> Interval:
    """Bootstrap a statistic over customers: all of a drawn customer's rows come along.

    Rows of one customer at several cutoffs are not independent, so resampling rows would give intervals
    that are too narrow. A difference of two models is paired by computing both on the same rows.

    Parameters
    ----------
    statistic : callable          takes row numbers (with repetitions), returns the value
    customers : array (n,)        whose row it is
    """
    values = [statistic(rows) for rows in resamples(customers, draws=draws, seed=seed)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return Interval(statistic(np.arange(len(np.asarray(customers)))), float(low), float(high))


def resamples(customers: ArrayLike, *, draws: int, seed: int = 0) -> Iterator[Rows]:
    """Row numbers of `draws` bootstrap samples: customers drawn with repetition, each with all of their rows."""
    _, group = np.unique(np.asarray(customers), return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 2))
    sizes = np.diff(starts)
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = rng.integers(0, len(sizes), len(sizes))
        size = sizes[drawn]
        offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        yield order[np.repeat(starts[drawn], size) + offset]
