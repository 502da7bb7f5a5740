"""Pareto/NBD: customers buy at a rate of their own until they leave, which nobody sees (Schmittlein, Morrison & Colombo
1987; Fader & Hardie 2005, "A note on deriving the Pareto/NBD model"). A peer of the scoreboard, no part of the product.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1
from scipy.stats import gamma

from scoring.derived.derived import OrderHistory

Array = NDArray[np.float64]

_BOUND = 12.0  # parameters beyond e±12 describe a limiting case as well
_NOWHERE = 1e300
_NODES = 24  # quantiles a rate's posterior is averaged over


def log_likelihood(history: OrderHistory, r: float, alpha: float, s: float, beta: float) -> Array:
    """Log-likelihood of each customer's history; time in weeks."""
    x, age = history.repeats, history.age
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    left = np.log(s / (r + s + x)) + _log_left(history, r, alpha, s, beta)
    likelihood: Array = constant + np.logaddexp(alive, left)
    return likelihood


def fit(history: OrderHistory) -> dict[str, float]:
    """Maximum-likelihood r, alpha, s, beta."""
    weight, unique = _grouped(history)

    def loss(logs: Array) -> float:
        with np.errstate(invalid="ignore", over="ignore"):
            found = -float(weight @ log_likelihood(unique, *np.exp(np.clip(logs, -_BOUND, _BOUND))))
        return found if np.isfinite(found) else _NOWHERE  # the series overflows: no place for the search to stay

    enough = {"maxiter": 400, "xatol": 0.01, "fatol": 0.1}
    found = minimize(loss, np.log([0.5, 10.0, 0.5, 10.0]), method="Nelder-Mead", options=enough)
    return dict(zip(("r", "alpha", "s", "beta"), np.exp(np.clip(found.x, -_BOUND, _BOUND)).tolist(), strict=True))


def probability_alive(history: OrderHistory, r: float, alpha: float, s: float, beta: float) -> Array:
    """Probability that a customer has not left by the end of the history."""
    x, age = history.repeats, history.age
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    left = np.log(s / (r + s + x)) + _log_left(history, r, alpha, s, beta)
    odds: Array = np.exp(np.clip(left - alive, -700, 700))
    return 1 / (1 + odds)


def expected_orders(history: OrderHistory, weeks: float, r: float, alpha: float, s: float, beta: float) -> Array:
    """Expected orders in the next `weeks` weeks."""
    x, age = history.repeats, history.age
    if abs(s - 1) < 1e-6:
        s = 1 + 1e-6
    ahead = (r + x) * (beta + age) / ((alpha + age) * (s - 1)) * (1 - ((beta + age) / (beta + age + weeks)) ** (s - 1))
    expected: Array = ahead * probability_alive(history, r, alpha, s, beta)
    return expected


def probability_of_no_order(
    history: OrderHistory, weeks: float, r: float, alpha: float, s: float, beta: float
) -> Array:
    """Probability of no order in the next `weeks` weeks, averaged over what the two rates may be given the past."""
    x, age = history.repeats, history.age
    levels = (np.arange(_NODES) + 0.5) / _NODES
    leaving = gamma.ppf(levels, s)  # of shape s whatever the customer; the scale is 1 ÷ (beta + age)
    silent = np.zeros(len(x))
    for level in levels:
        buys = gamma.ppf(level, r + x) / (alpha + age)
        for one in leaving:
            leaves = one / (beta + age)
            silent += (leaves + buys * np.exp(-(buys + leaves) * weeks)) / (buys + leaves)
    alive = probability_alive(history, r, alpha, s, beta)
    return 1 - alive * (1 - silent / _NODES**2)


def _log_left(history: OrderHistory, r: float, alpha: float, s: float, beta: float) -> Array:
    """Log of the published A₀: the part of the likelihood of having left between the last order and the end.

    Euler's transformation and logarithms keep it finite for customers with hundreds of orders.
    """
    total = r + s + history.repeats
    near, far = max(alpha, beta), abs(alpha - beta)
    second = s + 1 if alpha >= beta else r + history.repeats

    def log_term(moment: Array) -> Array:
        z = far / (near + moment)
        series = hyp2f1(1.0, total + 1 - second, total + 1, z)
        log: Array = (1 - second) * np.log1p(-z) + np.log(series) - total * np.log(near + moment)
        return log

    first, last = log_term(history.last), log_term(history.age)
    with np.errstate(divide="ignore"):
        difference: Array = first + np.log(-np.expm1(np.minimum(last - first, 0.0)))
    return difference


def _grouped(history: OrderHistory) -> tuple[Array, OrderHistory]:
    rows = np.stack([history.repeats, history.last, history.age], axis=1)
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return counts.astype(np.float64), OrderHistory(*unique.T)
