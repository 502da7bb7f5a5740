"""How people move between stages from month to month, and how many will next month, with a band that can be held to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from decisions.stages import STAGES
from insights.lifecycle.stages import StageTable
from insights.small_groups import large_cells

Floats = NDArray[np.float64]

NEWCOMER = "newcomer"  # known at the end of a month, not at its beginning
FROM = (NEWCOMER, *STAGES)
COVERAGE = 0.8
_HALF_LIFE = 4.0  # months after which a month's moves count half: seasons turn, and so do shops
_FEWEST_MONTHS = 6  # of moves, below which no forecast is made
_WARM_UP = 3  # months that the first forecast looked back on is made of
_LOOKED_BACK = 12  # months of forecasts whose errors make the band
_COMMON = 4.0  # forecasts by which a move's own errors are shrunk to those of all moves
_NORMAL = 1.2816  # standard deviations either side of a normal mean that hold four in five
_LARGE_ENOUGH = 5.0  # expected people below which an error says little of the spread


@dataclass(frozen=True)
class Forecast:
    """Next month's moves; arrays of shape (len(FROM), len(STAGES)), in people.

    Attributes
    ----------
    expected : array
    low, high : array       a band that holds what happens in four of five moves
    """

    expected: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Flow:
    """Moves between stages, a month at a time.

    Attributes
    ----------
    months : tuple of datetime      the cutoff each month of moves ends with
    moves : array (n_months, len(FROM), len(STAGES))        people, from row to column
    standing : array (n_stages,)    people in each stage at the last cutoff
    forecast : Forecast or None     of the month after; None with fewer than six months of moves
    """

    months: tuple[datetime, ...]
    moves: Floats
    standing: Floats
    forecast: Forecast | None

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """Moves that may be told: neither of few people, nor such that sums of stages would reveal them."""
        found = [large_cells(month.astype(np.int64)) for month in self.moves]
        return np.array(found, dtype=bool).reshape(self.moves.shape)

    def rows(self) -> pa.Table:
        """One row a month and move that may be told: month_end, from_stage, to_stage, people."""
        when, left, entered = np.nonzero(np.where(self.shown, self.moves, 0.0))
        return pa.table(
            {
                "month_end": pa.array([self.months[place] for place in when], pa.timestamp("us")),
                "from_stage": pa.array([FROM[place] for place in left], pa.string()),
                "to_stage": pa.array([STAGES[place] for place in entered], pa.string()),
                "people": pa.array(self.moves[when, left, entered].astype(np.int64)),
            }
        )


def flow_of(table: StageTable) -> Flow:
    """Count the moves between one cutoff and the next, and forecast those of the month after the last."""
    moves = np.array([_moves(*pair) for pair in zip(table.codes, table.codes[1:], strict=False)])
    moves = moves.reshape(-1, len(FROM), len(STAGES))
    standing = table.counts[-1].astype(np.float64)
    enough = len(moves) >= _FEWEST_MONTHS
    return Flow(table.cutoffs[1:], moves, standing, forecast(moves, standing) if enough else None)


def _moves(before: NDArray[np.int8], after: NDArray[np.int8]) -> Floats:
    """People by where they stood and where they stand; who is known no more (a merged record) moves nowhere."""
    known = after >= 0
    places = (before[known].astype(np.int64) + 1) * len(STAGES) + after[known]
    return np.bincount(places, minlength=len(FROM) * len(STAGES)).reshape(len(FROM), -1).astype(np.float64)


def forecast(moves: Floats, standing: Floats) -> Forecast:
    """Next month's moves from those of the months before.

    A stage's people part as they did of late (a month counts half after four); newcomers come as many as of late. The
    band's width is what the same forecast was wrong by in the months before: per move, shrunk to all moves.

    Parameters
    ----------
    moves : array (n_months ≥ 4, len(FROM), len(STAGES))
    standing : array (n_stages,)        people in each stage now
    """
    expected, spread = _expected(moves, standing)
    errors = np.array(list(_past_errors(moves)))
    large = np.isfinite(errors)
    weights = large * _fading(len(errors))[:, None, None]
    squares = weights * np.where(large, errors, 0.0) ** 2
    common = squares.sum() / weights.sum() if large.any() else 1.0
    own = (_COMMON * common + squares.sum(axis=0)) / (_COMMON + weights.sum(axis=0))
    reach = _weighted_quantile(np.abs(errors / np.sqrt(own))[large], weights[large]) if large.any() else _NORMAL
    half = reach * np.sqrt(own) * spread
    return Forecast(expected, np.maximum(expected - half, 0.0), expected + half)


def _past_errors(moves: Floats) -> Iterator[Floats]:
    """What the forecast of each past month was wrong by, in its own standard deviations; NaN where it was of few."""
    for month in range(max(_WARM_UP, len(moves) - _LOOKED_BACK), len(moves)):
        standing = moves[month, 1:].sum(axis=1)
        expected, spread = _expected(moves[:month], standing)
        yield np.where(expected >= _LARGE_ENOUGH, (moves[month] - expected) / spread, np.nan)


def _expected(moves: Floats, standing: Floats) -> tuple[Floats, Floats]:
    """Expected moves and the standard deviation they would have by chance alone."""
    weights = _fading(len(moves))
    pooled = np.tensordot(weights, moves, axes=1)
    stood = pooled.sum(axis=1, keepdims=True)
    shares = np.divide(pooled, stood, out=np.zeros_like(pooled), where=stood > 0)
    expected = shares * np.concatenate([[0.0], standing])[:, None]
    expected[0] = pooled[0] / weights.sum()
    share_learnt = np.divide(standing, stood[1:, 0], out=np.ones_like(standing), where=stood[1:, 0] > 0)
    learnt = np.concatenate([[1 / weights.sum()], share_learnt])
    parting = np.where(np.arange(len(FROM))[:, None] == 0, 1.0, 1.0 - shares)
    variance = expected * np.maximum(parting, 0.02) * (1.0 + learnt[:, None])
    return expected, np.sqrt(variance + 0.25)


def _fading(months: int) -> Floats:
    """Weights of months, the newest 1."""
    weights: Floats = 0.5 ** (np.arange(months)[::-1] / _HALF_LIFE)
    return weights


def _weighted_quantile(values: Floats, weights: Floats) -> float:
    """The value that COVERAGE of the weight does not exceed."""
    order = np.argsort(values)
    place = np.searchsorted(np.cumsum(weights[order]), COVERAGE * weights.sum())
    return float(values[order][min(int(place), len(values) - 1)])
