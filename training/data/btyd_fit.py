"""Fitting the buy-till-you-die models: how often customers order and leave, and how much an order is worth.

The formulas that use the parameters are in scoring/derived/derived.py, shared with the service.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from features.errors import PerennialError
from scoring.derived.derived import OrderHistory

Array = NDArray[np.float64]

_LOG_BOUND = 12.0  # parameters beyond e±12 describe a limiting case as well as those at the bound
_RATES = {"r": 1.0, "alpha": 5.0, "a": 1.0, "b": 3.0}
_VALUES = {"p": 3.0, "excess": 2.0, "v": 1.0}
_PRIOR_SPREAD = 2.0  # of a parameter's logarithm around the above, where there is a prior


class FitError(PerennialError):
    """There is too little, or too uniform, data to fit a model."""


def purchase_log_likelihood(
    history: OrderHistory, r: float, alpha: float, a: float, b: float, *, modified: bool = True
) -> Array:
    """Log-likelihood of each customer's history under BG/NBD, or the modified one.

    In the modified model a customer may also leave right after the first order.

    Returns
    -------
    array, one value a customer
    """
    x, silent_log = history.repeats, np.log(alpha + history.last)
    shift = 1.0 if modified else 0.0
    constant = betaln(a, b + x + shift) - betaln(a, b) + gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = -(r + x) * np.log(alpha + history.age)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.log(a) - np.log(b + x - 1 + shift) - (r + x) * silent_log
    if not modified:
        left = np.where(x > 0, left, -np.inf)
    likelihood: Array = constant + np.logaddexp(stays, left)
    return likelihood


def fit_purchases(
    history: OrderHistory, *, modified: bool = True, start: dict[str, float] | None = None, with_prior: bool = False
) -> dict[str, float]:
    """Maximum-likelihood parameters r, alpha, a, b of (modified) BG/NBD; time in weeks.

    Parameters
    ----------
    history : OrderHistory          all customers with an order before the cutoff
    start : dict, optional     parameters to start from, such as the week's before
    with_prior : bool          a prior of ordinary parameters with one customer's weight: where customers do not tell a
                               parameter, as in a young shop those who have left, the likelihood is flat

    Raises
    ------
    FitError   if no customer has come back, so that no rate can be told
    """
    if not (history.repeats > 0).any():
        raise FitError("buy-till-you-die needs customers with two shopping days or more, there are none.")
    rows, weight = np.unique(np.stack([history.repeats, history.last, history.age]), axis=1, return_counts=True)
    grouped = OrderHistory(*rows)

    def loss(r: float, alpha: float, a: float, b: float) -> float:
        values = purchase_log_likelihood(grouped, r, alpha, a, b, modified=modified)
        return -float(weight @ values) / float(weight.sum())

    return _minimum(loss, _RATES, start, 1 / float(weight.sum()) if with_prior else 0.0)


def value_log_likelihood(orders: Array, mean_value: Array, p: float, q: float, v: float) -> Array:
    """Log-likelihood of each customer's mean order value under Gamma-Gamma (up to no constant)."""
    px = p * orders
    likelihood: Array = (gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + (px - 1) * np.log(mean_value)) + (
        px * np.log(orders) - (px + q) * np.log(orders * mean_value + v)
    )
    return likelihood


def fit_values(
    orders: Array, mean_value: Array, *, start: dict[str, float] | None = None, with_prior: bool = False
) -> dict[str, float]:
    """Maximum-likelihood parameters p, q, v of Gamma-Gamma, q above 1 so that the mean exists.

    Parameters
    ----------
    orders : array (n,)        shopping days (or orders) the mean is taken over
    mean_value : array (n,)    money; customers with a mean that is not positive are left out
    start, with_prior            as for `fit_purchases`

    Raises
    ------
    FitError   if no customer has a positive mean
    """
    kept = (orders > 0) & (mean_value > 0)
    if not kept.any():
        raise FitError("Gamma-Gamma needs orders with an amount above zero, there are none.")
    orders, mean_value = orders[kept], mean_value[kept]
    scale = float(np.median(mean_value))

    def loss(p: float, excess: float, v: float) -> float:
        return -float(value_log_likelihood(orders, mean_value / scale, p, 1 + excess, v).mean())

    first = {"p": start["p"], "excess": start["q"] - 1, "v": start["v"] / scale} if start else None
    found = _minimum(loss, _VALUES, first, 1 / len(orders) if with_prior else 0.0)
    return {"p": found["p"], "q": 1 + found["excess"], "v": found["v"] * scale}


def _minimum(
    loss: Callable[..., float], usual: dict[str, float], start: dict[str, float] | None, strength: float
) -> dict[str, float]:
    """Minimise over the logarithms of positive parameters, `strength` weighing the distance from usual."""
    names, centre = list(usual), np.log(list(usual.values()))

    def on_logs(logs: Array) -> float:
        away = float(np.sum((logs - centre) ** 2)) / (2 * _PRIOR_SPREAD**2)
        return loss(*np.exp(logs)) + strength * away

    bounds = [(-_LOG_BOUND, _LOG_BOUND)] * len(names)
    first = np.clip(np.log([start[name] for name in names]) if start else centre, -_LOG_BOUND, _LOG_BOUND)
    found = minimize(on_logs, first, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-7})
    return dict(zip(names, np.exp(found.x).tolist(), strict=True))
