"""What a trial is judged by: sums over a unit's orders, as means or as ratios of means."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tea_tasting as tt
from numpy.typing import NDArray
from tea_tasting.aggr import Aggregates

Columns = Mapping[str, NDArray[np.float64]]
BEFORE = "_before"  # the same sum over the days before the start: CUPED's covariate
SUMS = ("ordered", "orders", "spend", "members")


@dataclass(frozen=True)
class TrialMetric:
    """A metric of a trial.

    Attributes
    ----------
    numer : str             a sum of SUMS
    denom : str or None     divided by this sum: a ratio of means, not a mean of ratios
    meaning : str           for people
    money : bool            whether it is in the shop's currency
    """

    numer: str
    denom: str | None
    meaning: str
    money: bool = False


METRICS = {
    "ordered": TrialMetric("ordered", None, "share of customers with an order"),
    "orders": TrialMetric("orders", None, "orders a customer"),
    "spend": TrialMetric("spend", None, "spend a customer, returns deducted", money=True),
    "spend_per_order": TrialMetric("spend", "orders", "spend an order, returns deducted", money=True),
}


def of_tea(name: str, *, clustered: bool, adjusted: bool, **settings: object) -> tt.Mean | tt.RatioOfMeans:
    """A metric as tea-tasting reads it.

    Parameters
    ----------
    clustered : bool    units hold several customers: what is a customer's becomes a ratio to their number
    adjusted : bool     by the same sum before the start (CUPED; Deng, Xu, Kohavi & Walker 2013)
    """
    metric = METRICS[name]
    denom = metric.denom or ("members" if clustered else None)
    numer_before = metric.numer + BEFORE if adjusted else None
    if denom is None:
        return tt.Mean(metric.numer, numer_before, **settings)
    denom_before = denom + BEFORE if adjusted else None
    return tt.RatioOfMeans(metric.numer, denom, numer_before, denom_before, **settings)


def aggregates(columns: Columns, rows: NDArray[np.bool_]) -> Aggregates:
    """Counts, means, variances and covariances of some units: all a trial's arithmetic needs of them."""
    names = sorted(columns)
    values = np.stack([columns[name][rows] for name in names])
    means, spread = values.mean(axis=1), np.atleast_2d(np.cov(values))
    places = range(len(names))
    return Aggregates(
        count_=int(values.shape[1]),
        mean_=dict(zip(names, means.tolist(), strict=True)),
        var_={name: float(spread[i, i]) for i, name in enumerate(names)},
        cov_={(names[i], names[j]): float(spread[i, j]) for i in places for j in places if i < j},
    )
