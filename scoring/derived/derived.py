"""Derived features: what is no reduction over rows, computed from built columns and fitted parameters.

One body for training and serving. The buy-till-you-die parameters are fitted in training on data before
the cutoff; time is in weeks inside the formulas and in days in every column.

Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way" (BG/NBD); Batislam, Denizel &
Filiztekin (2007) for the modified model, in which a customer may also leave after the first order, so
that silence counts against one-time buyers; Fader & Hardie (2013), "The Gamma-Gamma model".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, hyp2f1

from scoring.derived.shrinkage import Columns, Derived, Parameters, shrunk_column
from scoring.derived.touch_chain import chain_column
from scoring.errors import ReleaseError

Array = NDArray[np.float64]
_WEEK = 7.0


@dataclass(frozen=True)
class OrderHistory:
    """A customer's past as the buy-till-you-die models see it, times in weeks.

    Attributes
    ----------
    repeats : array   shopping days after the first one
    last : array      time from the first order to the last; 0 where there was one
    age : array       time from the first order to the cutoff
    """

    repeats: Array
    last: Array
    age: Array


def log_posterior_odds_of_leaving(history: OrderHistory, r: float, alpha: float, a: float, b: float) -> Array:
    """Log-odds that a customer has left for good by the cutoff (modified BG/NBD)."""
    x = history.repeats
    return np.log(a / (b + x)) + (r + x) * np.log((alpha + history.age) / (alpha + history.last))


def probability_alive(history: OrderHistory, r: float, alpha: float, a: float, b: float) -> Array:
    """Probability that a customer has not left for good by the cutoff (modified BG/NBD)."""
    odds = log_posterior_odds_of_leaving(history, r, alpha, a, b)
    return np.asarray(expit(-odds))


def expected_orders(history: OrderHistory, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """Expected shopping days in the next `weeks` weeks (modified BG/NBD)."""
    alive = probability_alive(history, r, alpha, a, b)
    return _expected_while_alive(history, weeks, r, alpha, a, b + 1) * alive


def _expected_while_alive(history: OrderHistory, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """The published expectation after Euler's transformation of 2F1, which stays finite for large x."""
    if abs(a - 1) < 1e-6:
        a = 1 + 1e-6  # the formula's limit at a = 1 is smooth; its two factors are not
    x = history.repeats
    z = weeks / (alpha + history.age + weeks)
    inner = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    expected: Array = (a + b + x - 1) / (a - 1) * (1 - inner)
    return expected


def probability_of_no_order(history: OrderHistory, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """Probability of no order in the next `weeks` weeks (modified BG/NBD)."""
    age = alpha + history.age
    stays_silent: Array = (age / (age + weeks)) ** (r + history.repeats)
    return 1 - probability_alive(history, r, alpha, a, b) * (1 - stays_silent)


def expected_value(orders: Array, mean_value: Array, p: float, q: float, v: float) -> Array:
    """Expected money an order, the customer's own mean shrunk to the shop's (Gamma-Gamma).

    A mean that is missing, zero or negative counts as no observation.
    """
    seen = np.where(mean_value > 0, orders, 0.0)
    own = np.where(mean_value > 0, mean_value, 0.0)
    value: Array = p * (v + seen * own) / (p * seen + q - 1)
    return value


def history(columns: Columns) -> OrderHistory:
    """The past from the built columns shopping_days, days_since_order and days_since_first_order."""
    age = columns["days_since_first_order"] / _WEEK
    last = np.maximum(age - columns["days_since_order"] / _WEEK, 0.0)
    return OrderHistory(np.maximum(columns["shopping_days"] - 1, 0.0), last, age)


def _purchase(parameters: Parameters) -> dict[str, float]:
    return {name: parameters[f"purchase_{name}"] for name in ("r", "alpha", "a", "b")}


def _orders(columns: Columns, parameters: Parameters) -> Array:
    return expected_orders(history(columns), parameters["horizon_days"] / _WEEK, **_purchase(parameters))


def _alive(columns: Columns, parameters: Parameters) -> Array:
    return probability_alive(history(columns), **_purchase(parameters))


def _no_order(columns: Columns, parameters: Parameters) -> Array:
    weeks = parameters["horizon_days"] / _WEEK
    p = np.clip(probability_of_no_order(history(columns), weeks, **_purchase(parameters)), 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))


def _value(columns: Columns, parameters: Parameters) -> Array:
    days = columns["shopping_days"]
    mean = columns["spend"] / np.maximum(days, 1)
    gamma = {name: parameters[f"value_{name}"] for name in ("p", "q", "v")}
    return expected_value(days, mean, **gamma)


def _spend(columns: Columns, parameters: Parameters) -> Array:
    return _orders(columns, parameters) * _value(columns, parameters)


_PAST = ("shopping_days", "days_since_order", "days_since_first_order")
RHYTHM = ("btyd_orders", "btyd_alive", "btyd_no_order")
BUY_TILL_YOU_DIE = (*RHYTHM, "btyd_value", "btyd_spend")
DERIVED: Mapping[str, Derived] = {
    derived.name: derived
    for derived in (
        Derived("btyd_orders", _PAST, "days", "Shopping days expected within the horizon.", _orders),
        Derived("btyd_alive", _PAST, "probability", "Probability that the customer has not left.", _alive),
        Derived("btyd_no_order", _PAST, "log-odds", "Log-odds of no order within the horizon.", _no_order),
        Derived("btyd_value", (*_PAST, "spend"), "currency", "Money expected a shopping day.", _value),
        Derived("btyd_spend", (*_PAST, "spend"), "currency", "Money expected within the horizon.", _spend),
    )
}


def derived_of(name: str, parameters: Parameters) -> Derived:
    """A derived column by name; what stands for a value of data in the name is taken as it is.

    Raises
    ------
    ReleaseError    if there is no such column
    """
    found = DERIVED.get(name) or shrunk_column(name, parameters) or chain_column(name, parameters)
    if found is None:
        raise ReleaseError(f"{name!r} is not a derived feature of this version; there are {sorted(DERIVED)}.")
    return found


def derivations(names: Sequence[str], parameters: Parameters) -> tuple[Derived, ...]:
    """The derived columns of these names, as they are with these parameters."""
    return tuple(derived_of(name, parameters) for name in names)


def needed_columns(derived: Sequence[Derived]) -> tuple[str, ...]:
    """The built columns that derived ones need, each once."""
    return tuple(dict.fromkeys(need for one in derived for need in one.needs))


def derive(derived: Sequence[Derived], columns: Columns, parameters: Parameters) -> Array:
    """Compute derived columns.

    Parameters
    ----------
    derived : k of them
    columns : mapping of arrays (n,)    at least the built columns they need, float64
    parameters : mapping                fitted constants

    Returns
    -------
    array (n, k), float64
    """
    n = len(next(iter(columns.values())))
    result = np.empty((n, len(derived)))
    for i, one in enumerate(derived):
        result[:, i] = one.body(columns, parameters)
    return result
