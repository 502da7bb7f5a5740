"""Derived features: what is no reduction over rows, computed from built columns and fitted parameters.

One body for training and serving. The buy-till-you-die parameters are fitted in training on data before
the cutoff; time is in weeks inside the formulas and in days in every column.

Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way" (BG/NBD); Batislam, Denizel &
Filiztekin (2007) for the modified model, in which a customer may also leave after the first order, so
that silence counts against one-time buyers; Fader & Hardie (2013), "The Gamma-Gamma model".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, hyp2f1

from scoring.errors import ReleaseError

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
Parameters = Mapping[str, float]

_WEEK = 7.0


@dataclass(frozen=True)
class History:
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


def log_posterior_odds_of_leaving(history: History, r: float, alpha: float, a: float, b: float) -> Array:
    """Log-odds that a customer has left for good by the cutoff (modified BG/NBD)."""
    x = history.repeats
    return np.log(a / (b + x)) + (r + x) * np.log((alpha + history.age) / (alpha + history.last))


def probability_alive(history: History, r: float, alpha: float, a: float, b: float) -> Array:
    """Probability that a customer has not left for good by the cutoff (modified BG/NBD)."""
    odds = log_posterior_odds_of_leaving(history, r, alpha, a, b)
    return np.asarray(expit(-odds))


def expected_orders(history: History, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """Expected shopping days in the next `weeks` weeks (modified BG/NBD)."""
    alive = probability_alive(history, r, alpha, a, b)
    return _expected_while_alive(history, weeks, r, alpha, a, b + 1) * alive


def expected_orders_unmodified(history: History, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """Expected shopping days in the next `weeks` weeks by BG/NBD as published, for comparison."""
    x = history.repeats
    silence = (alpha + history.age) / (alpha + history.last)
    left = a / np.maximum(b + x - 1, 1e-9) * silence ** (r + x)
    expected = _expected_while_alive(history, weeks, r, alpha, a, b)
    unless_left: Array = expected / (1 + np.where(x > 0, left, 0.0))
    return unless_left


def _expected_while_alive(history: History, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
    """The published expectation after Euler's transformation of 2F1, which stays finite for large x."""
    if abs(a - 1) < 1e-6:
        a = 1 + 1e-6  # the formula's limit at a = 1 is smooth; its two factors are not
    x = history.repeats
    z = weeks / (alpha + history.age + weeks)
    inner = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    expected: Array = (a + b + x - 1) / (a - 1) * (1 - inner)
    return expected


def probability_of_no_order(history: History, weeks: float, r: float, alpha: float, a: float, b: float) -> Array:
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


def history(columns: Columns) -> History:
    """The past from the built columns shopping_days, days_since_order and days_since_first_order."""
    age = columns["days_since_first_order"] / _WEEK
    last = np.maximum(age - columns["days_since_order"] / _WEEK, 0.0)
    return History(np.maximum(columns["shopping_days"] - 1, 0.0), last, age)


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


@dataclass(frozen=True)
class Derived:
    """A derived column: the built columns it needs, and what one step of its value means."""

    name: str
    needs: tuple[str, ...]
    unit: str
    about: str
    body: Callable[[Columns, Parameters], Array]


def _lean(question: str, kind: str, whole: str, recent: str | None) -> Derived:
    """How often a kind occurred to a customer, leaning on the shop: in proportion to the expected shares.

    (1 − w) × all + w × recent + strength × the shop's share of the kind.
    """

    def lean(columns: Columns, parameters: Parameters) -> Array:
        own = np.nan_to_num(columns[whole])
        if recent:
            weight = parameters[f"{question}_recent"]
            own = (1 - weight) * own + weight * np.nan_to_num(columns[recent])
        leaning: Array = own + parameters[f"{question}_strength"] * parameters[f"{question}_share_{kind}"]
        return leaning

    needs = (whole, recent) if recent else (whole,)
    about = f"How often {kind} occurred to the customer, leaning on the shop's habit."
    return Derived(f"{question}_lean_{kind}", needs, "times", about, lean)


LEAN = 10.0  # messages by which a customer's own rate leans on the channel's, as in the catalogue's response rates


def sends_and_answers(sent: Array, rate: Array) -> tuple[Array, Array]:
    """Messages and answers behind the catalogue's smoothed response rate; none sent is 0 of 0."""
    sends: Array = np.nan_to_num(sent)
    answers: Array = np.maximum(np.nan_to_num(rate, nan=1 / LEAN) * (sends + LEAN) - 1, 0.0)
    return sends, answers


def leaning_rate(sends: Array, answers: Array, mean: Array) -> Array:
    """Share of messages answered, leaning on a mean by ten messages."""
    rate: Array = (answers + LEAN * mean) / (sends + LEAN)
    return rate


def _answering(channel: str) -> Derived:
    """Log-odds of answering a message, the customer's own rate leaning on the channel's by ten messages."""
    rate, sent = f"{channel}_response_rate_365d", f"{channel}_messages_365d"

    def odds(columns: Columns, parameters: Parameters) -> Array:
        sends, answers = sends_and_answers(columns[sent], columns[rate])
        mean = parameters[f"contact_mean_{channel}"]
        p = np.clip(leaning_rate(sends, answers, np.full(len(sends), mean)), 1e-6, 1 - 1e-6)
        log_odds: Array = np.log(p / (1 - p))
        return log_odds

    about = f"Log-odds that the customer answers a message by {channel}, leaning on the channel's mean."
    return Derived(f"contact_odds_{channel}", (rate, sent), "log-odds", about, odds)


CONTACT_CHANNELS = ("email", "sms", "push", "wechat", "mail", "call")
PROMOTIONS = ("display", "mailer", "coupon")
SALES_CHANNELS = ("web", "app", "mini_program", "store", "social", "community", "live", "call", "marketplace")

_ORDERS_THROUGH = tuple(f"{kind}_orders_365d" for kind in SALES_CHANNELS)
HOMES = (*SALES_CHANNELS, "none")


def home(columns: Columns) -> NDArray[np.int64]:
    """The segment a customer's answers lean on, a place in HOMES: the sales channel of most orders in a year."""
    orders = np.stack([np.nan_to_num(columns[name]) for name in _ORDERS_THROUGH], axis=1)
    most: NDArray[np.int64] = np.where(orders.sum(axis=1) > 0, orders.argmax(axis=1), len(SALES_CHANNELS))
    return most


def _leaning_answer(channel: str) -> Derived:
    """Log-odds of answering a message, the customer's own rate leaning on that of those who buy where they do."""
    rate, sent = f"{channel}_response_rate_365d", f"{channel}_messages_365d"

    def odds(columns: Columns, parameters: Parameters) -> Array:
        sends, answers = sends_and_answers(columns[sent], columns[rate])
        means = np.array([parameters[f"contact_mean_{channel}_{one}"] for one in HOMES])
        level = parameters[f"contact_level_{channel}"]
        p = np.clip(level * leaning_rate(sends, answers, means[home(columns)]), 1e-6, 1 - 1e-6)
        log_odds: Array = np.log(p / (1 - p))
        return log_odds

    about = (
        f"Log-odds that the customer answers a message by {channel}, leaning on those who buy through the same channel."
    )
    return Derived(f"contact_lean_{channel}", (rate, sent, *_ORDERS_THROUGH), "log-odds", about, odds)


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
        *(_lean("promotion", kind, f"{kind}_credit", f"{kind}_credit_90d") for kind in PROMOTIONS),
        *(_answering(channel) for channel in CONTACT_CHANNELS),
        *(_leaning_answer(channel) for channel in CONTACT_CHANNELS),
        *(_lean("purchase", kind, f"{kind}_orders_365d", None) for kind in SALES_CHANNELS),
    )
}


def needed_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The built columns that the derived columns `names` need, each once."""
    return tuple(dict.fromkeys(need for name in names for need in _lookup(name).needs))


def derive(names: Sequence[str], columns: Columns, parameters: Parameters) -> Array:
    """Compute derived columns.

    Parameters
    ----------
    names : sequence of str             derived columns, k of them
    columns : mapping of arrays (n,)    at least the built columns they need, float64
    parameters : mapping                fitted constants

    Returns
    -------
    array (n, k), float64
    """
    n = len(next(iter(columns.values())))
    result = np.empty((n, len(names)))
    for i, name in enumerate(names):
        result[:, i] = _lookup(name).body(columns, parameters)
    return result


def _lookup(name: str) -> Derived:
    if name not in DERIVED:
        raise ReleaseError(f"{name!r} is not a derived feature of this version; there are {sorted(DERIVED)}.")
    return DERIVED[name]
