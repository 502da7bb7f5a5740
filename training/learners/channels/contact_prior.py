"""What few sends are shrunk to: a customer on the segment, the segment on the channel, the channel on the whole shop.

The segment is the sales channel through which a customer mostly buys: who orders in the app reads what the app pushes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scoring.derived.shrinkage import (
    home,
    home_mean,
    own_past,
    past_columns,
    sends_and_answers,
    shrunk_rate,
    smoothed_rate,
)
from training.data.dataset import Dataset

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ANSWERS = "_answers_365d"
GROUP_PRIOR = 100.0  # messages by which a segment is shrunk to its channel, and a channel on the shop
# The level of the horizon to that of the year: answers still under way are not in it, and campaigns differ.
_FACTORS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
_RECENT = (0.0, 0.5, 1.0)  # weight of the year beside all there ever was; of two alike more that is known counts
_STRENGTHS = (10.0, 4.0, 2.0, 25.0)  # messages by which a customer is shrunk
# Where clicks alone count and the year's answers hold openings, the level is that of clicks to both.
_LEVELS = (0.02, 2.0)


Past = tuple[Array, Array]


def past(channel: str, data: Dataset, rows: Mask) -> tuple[Past, Past]:
    """Messages and how many were answered, of the year before and of all time."""
    year, ever = (
        sends_and_answers(data.column(sent)[rows], data.column(answered)[rows])
        for sent, answered in past_columns(channel)
    )
    return year, ever


def shop_rates(data: Dataset) -> dict[datetime, float]:
    """Cutoff → the rate of answers over all channels: summed once, every channel is shrunk to it."""
    channels = [name.removesuffix(_ANSWERS) for name in data.names if name.endswith(_ANSWERS)]
    every = np.ones(len(data.inputs), dtype=bool)
    total = np.zeros((2, len(data.inputs)))
    for channel in channels:
        total += np.stack(past(channel, data, every)[0])
    return {cutoff: float(smoothed_rate(*total[:, data.at(cutoff)].sum(axis=1))) for cutoff in data.spine.cutoffs}


def priors(
    channel: str,
    counts: Array,
    data: Dataset,
    rows: Mask,
    at: datetime,
    homes: tuple[str, ...],
    shop: Mapping[datetime, float],
) -> dict[datetime, dict[str, float]]:
    """What the derived columns of a channel are shrunk to, as known at each cutoff.

    Parameters
    ----------
    channel : str             its name made safe
    counts : array (n, 2)     messages sent in each row's horizon, and how many were answered
    rows : array (n,), bool   rows whose outcomes may be learnt from
    at : datetime             where no row lies, what was known at the newest cutoff before it
    homes : tuple of str      the sales channels that orders tell, made safe: the segments
    shop : mapping            cutoff → the rate of answers over all channels

    Returns
    -------
    dict      cutoff → contact_mean_, contact_recent_ and contact_strength_<channel>; with homes also
              contact_level_<channel> and a mean each segment
    """
    groups = _groups(homes, data) if homes else np.zeros(len(data.inputs), dtype=np.int64)
    year, segments = past(channel, data, np.ones(len(groups), dtype=bool))[0], len(homes) + 1
    known = {cutoff: _means(year, data.at(cutoff), groups, segments, shop[cutoff]) for cutoff in data.spine.cutoffs}
    moments = data.spine.rows["cutoff"].to_numpy()[rows]
    mean, segment = np.empty(len(moments)), np.empty(len(moments))
    for cutoff, (one, each) in known.items():
        here = moments == np.datetime64(cutoff, "us")
        mean[here], segment[here] = one, each[groups[rows][here]]
    fitted = _fitted(past(channel, data, rows), counts[rows], mean, segment)
    known.setdefault(at, known[max(cutoff for cutoff in known if cutoff <= at)])
    return {cutoff: _named(channel, fitted, *means, homes) for cutoff, means in known.items()}


@dataclass(frozen=True)
class FittedPrior:
    """How a channel's rates are shrunk: the year's weight, the prior's messages, the level of the answers to come."""

    recent: float
    strength: float
    factor: float
    level: float


def _fitted(channel_past: tuple[Past, Past], truth: Array, mean: Array, segment: Array) -> FittedPrior:
    """The likeliest of a grid; the level is what was answered over what was expected of the segments."""

    def rate(recent: float, strength: float, towards: Array) -> Array:
        return shrunk_rate(*own_past(*channel_past, recent), towards, strength)

    recent, strength, factor = min(
        product(_RECENT, _STRENGTHS, _FACTORS),
        key=lambda one: _loss(rate(one[0], one[1], one[2] * mean), truth),
    )
    shrunk = rate(recent, strength, segment)
    expected = float((truth[:, 0] * shrunk).sum())
    level = float(np.clip((truth[:, 1].sum() + 1) / (expected + 1), *_LEVELS))
    return FittedPrior(recent, strength, factor, level)


def _named(channel: str, fitted: FittedPrior, mean: float, each: Array, homes: tuple[str, ...]) -> dict[str, float]:
    found = {
        f"contact_mean_{channel}": fitted.factor * mean,
        f"contact_recent_{channel}": fitted.recent,
        f"contact_strength_{channel}": fitted.strength,
    }
    if homes:
        found[f"contact_level_{channel}"] = fitted.level
        found |= {home_mean(channel, name): float(one) for name, one in zip((*homes, None), each, strict=True)}
    return found


def _means(year: Past, rows: Mask, groups: NDArray[np.int64], segments: int, shop: float) -> tuple[float, Array]:
    """The channel's mean rate of answers, shrunk to the shop's; and each segment's, shrunk to the channel's."""
    sends, answered = (one[rows] for one in year)
    mean = (answered.sum() + GROUP_PRIOR * shop) / (sends.sum() + GROUP_PRIOR)
    sent, found = (np.bincount(groups[rows], weights=one, minlength=segments) for one in (sends, answered))
    return float(mean), (found + GROUP_PRIOR * mean) / (sent + GROUP_PRIOR)


def _groups(homes: tuple[str, ...], data: Dataset) -> NDArray[np.int64]:
    return home({f"{name}_orders_365d": data.column(f"{name}_orders_365d") for name in homes}, homes)


def _loss(rate: Array, counts: Array) -> float:
    rate = np.clip(rate, 1e-6, 1 - 1e-6)
    return -float((counts[:, 1] * np.log(rate) + (counts[:, 0] - counts[:, 1]) * np.log1p(-rate)).sum())
