"""Shrinkage: how often something occurred to a customer, few occurrences shrunk to those who are alike.

What it is counted of – a channel, a kind of promotion – is a value of data: it stands in the column's name, made safe.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ReleaseError

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
Parameters = Mapping[str, float]

PRIOR_MESSAGES = 10.0  # messages by which a rate of answers is shrunk where nobody has fitted more or fewer
PRIOR_ANSWERS = 1.0  # of them, where no mean is known


@dataclass(frozen=True)
class Derived:
    """A derived column: the built columns it needs, and what one step of its value means."""

    name: str
    needs: tuple[str, ...]
    unit: str
    about: str
    body: Callable[[Columns, Parameters], Array]


def shrunk_column(name: str, parameters: Parameters) -> Derived | None:
    """The shrunk column of that name; None if it is none."""
    for beginning, made in _COLUMNS.items():
        if name.startswith(beginning) and name != beginning:
            return made(name.removeprefix(beginning), parameters)
    return None


def sends_and_answers(sent: Array, answered: Array) -> tuple[Array, Array]:
    """Messages and answers as the built columns count them; nothing known is 0 of 0."""
    return np.nan_to_num(sent), np.nan_to_num(answered)


def smoothed_rate(sends: Array | float, answers: Array | float) -> Array:
    """Share of messages answered where no mean is known: as if ten more had been sent and one answered."""
    return np.asarray((answers + PRIOR_ANSWERS) / (sends + PRIOR_MESSAGES), dtype=np.float64)


def own_past(year: tuple[Array, Array], ever: tuple[Array, Array], recent: float) -> tuple[Array, Array]:
    """Messages and answers with the weight `recent` for those of the year, and the rest for all there ever were."""
    sends, answers = (recent * late + (1 - recent) * every for late, every in zip(year, ever, strict=True))
    return sends, answers


def shrunk_rate(sends: Array, answers: Array, mean: Array, strength: float = PRIOR_MESSAGES) -> Array:
    """Share of messages answered, shrunk to a mean by as many messages as `strength`."""
    rate: Array = (answers + strength * mean) / (sends + strength)
    return rate


def home(columns: Columns, channels: tuple[str, ...]) -> NDArray[np.int64]:
    """The segment a customer's answers are shrunk to: the place of the sales channel of most orders in a year.

    A customer without an order through one of them has the place after the last.
    """
    orders = np.stack([np.nan_to_num(columns[_orders(name)]) for name in channels], axis=1)
    most: NDArray[np.int64] = np.where(orders.sum(axis=1) > 0, orders.argmax(axis=1), len(channels))
    return most


def home_mean(channel: str, home_channel: str | None) -> str:
    """The parameter that holds the mean rate of answers by a channel of those who mostly buy through another."""
    return f"contact_homeless.{channel}" if home_channel is None else f"contact_home.{channel}.{home_channel}"


def _orders(channel: str) -> str:
    return f"{channel}_orders_365d"


def past_columns(channel: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The columns that tell messages and answers of a channel: over the year, and ever."""
    messages, answers = f"{channel}_messages", f"{channel}_answers"
    return (f"{messages}_365d", f"{answers}_365d"), (messages, answers)


def _own_rate(channel: str, columns: Columns, parameters: Parameters, mean: Array) -> Array:
    year, ever = (sends_and_answers(columns[sent], columns[answered]) for sent, answered in past_columns(channel))
    own = own_past(year, ever, parameters[f"contact_recent_{channel}"])
    return shrunk_rate(*own, mean, parameters[f"contact_strength_{channel}"])


def _needs(channel: str) -> tuple[str, ...]:
    return tuple(name for pair in past_columns(channel) for name in pair)


def _share(question: str, whole: str, recent: str | None, kind: str, parameters: Parameters) -> Derived:
    """How often a kind occurred to a customer, shrunk to the shop: in proportion to the expected shares.

    (1 − w) × all + w × recent + strength × the shop's share of the kind.
    """
    every, lately = f"{kind}_{whole}", recent and f"{kind}_{recent}"

    def shrunk(columns: Columns, parameters: Parameters) -> Array:
        own = np.nan_to_num(columns[every])
        if lately:
            weight = parameters[f"{question}_recent"]
            own = (1 - weight) * own + weight * np.nan_to_num(columns[lately])
        total: Array = own + parameters[f"{question}_strength"] * parameters[f"{question}_share_{kind}"]
        return total

    about = f"How often {kind} occurred to the customer, shrunk to the shop's habit."
    return Derived(f"{question}_shrunk_{kind}", (every, lately) if lately else (every,), "times", about, shrunk)


def _answering(channel: str, parameters: Parameters) -> Derived:
    """Log-odds of answering a message, the customer's own rate shrunk to the channel's."""
    needs = _needs(channel)

    def odds(columns: Columns, parameters: Parameters) -> Array:
        mean = np.full(len(columns[needs[0]]), parameters[f"contact_mean_{channel}"])
        return _log_odds(_own_rate(channel, columns, parameters, mean))

    about = f"Log-odds that the customer answers a message by {channel}, shrunk to the channel's mean."
    return Derived(f"contact_odds_{channel}", needs, "log-odds", about, odds)


def _shrunk_answer(channel: str, parameters: Parameters) -> Derived:
    """Log-odds of answering a message, the customer's own rate shrunk to that of those who buy where they do."""
    if home_mean(channel, None) not in parameters:
        raise ReleaseError(
            f"contact_shrunk_{channel} was fitted by an earlier version. Train channel_preference again."
        )
    beginning = home_mean(channel, "")
    homes = tuple(name.removeprefix(beginning) for name in parameters if name.startswith(beginning))

    def odds(columns: Columns, parameters: Parameters) -> Array:
        means = np.array([parameters[home_mean(channel, one)] for one in (*homes, None)])
        level = parameters[f"contact_level_{channel}"]
        return _log_odds(level * _own_rate(channel, columns, parameters, means[home(columns, homes)]))

    about = (
        f"Log-odds that the customer answers a message by {channel}, shrunk to those who buy through the same channel."
    )
    return Derived(f"contact_shrunk_{channel}", (*_needs(channel), *map(_orders, homes)), "log-odds", about, odds)


def _log_odds(rate: Array) -> Array:
    p = np.clip(rate, 1e-6, 1 - 1e-6)
    odds: Array = np.log(p / (1 - p))
    return odds


_COLUMNS: Mapping[str, Callable[[str, Parameters], Derived]] = {
    "promotion_shrunk_": partial(_share, "promotion", "credit", "credit_90d"),
    "purchase_shrunk_": partial(_share, "purchase", "orders_365d", None),
    "contact_odds_": _answering,
    "contact_shrunk_": _shrunk_answer,
}
