"""The chain of touches, fitted: how often each step followed each latest touch, shrunk to how often it comes at all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.feature import ALL, FeatureColumn
from features.safe_names import safe
from scoring.derived.touch_chain import ELSE, NEVER, chance, latest_touches, occurs
from training.data.dataset import Dataset
from training.evaluation.metrics.functions import shares_log_loss

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_TOUCHES = 12  # latest touches told apart; the rest are one
_FEWEST_ROWS = 50  # of a latest touch, to be told apart
_STRENGTHS = (5.0, 20.0, 100.0, 500.0)  # rows by which what follows a touch is shrunk to what comes at all
_HALF = 0.5  # a row a step, so that none is impossible


@dataclass(frozen=True)
class TouchChain:
    """What followed the latest touch on the rows learnt from.

    Attributes
    ----------
    channels, kinds : safe names that occur often enough to have a column
    touches : latest touches told apart, "channel.kind" by safe names
    chances : array (touches + 2, steps)    rows add up to 1; the last two: another touch, no touch yet
    marginal : array (steps,)               how often each step comes at all
    """

    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    touches: tuple[str, ...]
    chances: Array
    marginal: Array

    def parameters(self, steps: tuple[str, ...]) -> dict[str, float]:
        """The chain as a model keeps it."""
        found = {occurs("channel", one): 1.0 for one in self.channels}
        found |= {occurs("kind", one): 1.0 for one in self.kinds}
        latest = (*self.touches, ELSE, NEVER)
        return found | {
            chance(touch, safe(step)): float(self.chances[i, j])
            for i, touch in enumerate(latest)
            for j, step in enumerate(steps)
        }


def told_apart(columns: tuple[FeatureColumn, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Channels and kinds, by safe names, for which there is a column of how long ago the latest touch was."""
    endings = {"channel_silence": "_silence", "kind_recency": "_recency"}
    channels, kinds = (
        tuple(
            one.name.removesuffix(ending)
            for one in columns
            if one.feature.template == template and one.feature.windows == (ALL,)
        )
        for template, ending in endings.items()
    )
    return channels, kinds


def fit_chain(data: Dataset, rows: Mask, taken: Array) -> TouchChain:
    """Count what followed what on some rows.

    How far a touch's own counts are shrunk is chosen by the newest cutoff, from counts of the others.

    Parameters
    ----------
    taken : array (n, steps)     1 for the step that was taken, rows as the dataset's
    """
    channels, kinds = told_apart(data.columns)
    touches = _frequent(data, rows, channels, kinds)
    latest = _latest(data, channels, kinds, touches)
    moments = data.spine.rows["cutoff"].to_numpy()
    newest = rows & (moments == moments[rows].max())
    older = rows & ~newest
    strength = _STRENGTHS[1]
    if older.any():
        counts = _counts(latest, taken, older, len(touches))

        def loss(one: float) -> float:
            return shares_log_loss(taken[newest], _smoothed(counts, one)[latest[newest]])

        strength = min(_STRENGTHS, key=loss)
    counts = _counts(latest, taken, rows, len(touches))
    return TouchChain(channels, kinds, touches, _smoothed(counts, strength), _marginal(counts))


def _frequent(data: Dataset, rows: Mask, channels: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[str, ...]:
    every = tuple(f"{channel}.{kind}" for channel in channels for kind in kinds)
    found = _latest(data, channels, kinds, every)[rows]
    counts = np.bincount(found, minlength=len(every) + 2)[: len(every)]
    best = np.argsort(-counts, kind="stable")[:MOST_TOUCHES]
    return tuple(every[i] for i in best if counts[i] >= _FEWEST_ROWS)


def _latest(
    data: Dataset, channels: tuple[str, ...], kinds: tuple[str, ...], touches: tuple[str, ...]
) -> NDArray[np.intp]:
    names = [*(f"{one}_silence" for one in channels), *(f"{one}_recency" for one in kinds)]
    columns: Mapping[str, Array] = {name: data.column(name) for name in names}
    return latest_touches(columns, channels, kinds, touches)


def _counts(latest: NDArray[np.intp], taken: Array, rows: Mask, touches: int) -> Array:
    counts = np.zeros((touches + 2, taken.shape[1]))
    np.add.at(counts, latest[rows], taken[rows])
    return counts


def _marginal(counts: Array) -> Array:
    total: Array = counts.sum(axis=0) + _HALF
    total /= total.sum()
    return total


def _smoothed(counts: Array, strength: float) -> Array:
    chances: Array = counts + strength * _marginal(counts)
    chances /= chances.sum(axis=1, keepdims=True)
    return chances
