"""Leak guards: a column that says too much alone, and a model that learns from labels that mean nothing.

A column that holds the outcome makes every figure of a backtest look splendid and every answer of the service wrong,
because the outcome is not there when the question is asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import PerennialError
from training.evaluation.metrics.functions import auc

Array = NDArray[np.float64]

TOO_GOOD = 0.95  # AUC of one column alone; days since the last order reach about .78 on groceries
_LEFT = 0.5  # of what the orders at sight leave untold, a column that holds the outcome leaves less than this part
STANDARD_ERRORS = 4.0
FEWEST = 30  # of each outcome: with fewer a clean column may rank them by chance
_MOST_ROWS = 30_000
_BINS = 64


class LeakError(PerennialError):
    """A column says the outcome, or a model finds what was shuffled away."""


@dataclass(frozen=True)
class Leaks:
    """What the guards found, for the card and the report.

    Attributes
    ----------
    strongest : str          the column that says most alone
    strongest_auc : float    its AUC; NaN where there were too few outcomes to tell
    trusted : tuple of str   columns above the limit that someone vouched for
    permuted_auc : float     of a model trained on shuffled labels, NaN where there was no fold to try it on
    permuted_error : float   the standard error that chance alone has there
    limit : float            above it a column is taken to hold the outcome
    """

    strongest: str
    strongest_auc: float
    trusted: tuple[str, ...] = ()
    permuted_auc: float = float("nan")
    permuted_error: float = float("nan")
    limit: float = TOO_GOOD


def single_columns(
    inputs: NDArray[np.float32], names: Sequence[str], truth: Array, customers: NDArray[np.intp]
) -> dict[str, float]:
    """How well each column alone ranks the outcome, whatever its shape: AUC by column, strongest first.

    The rate within each of up to 64 ranges of a column's values, missing being one of its own, is learnt from half of
    the customers and ranks the other half. So a column that is only missing for those who left, or that names them by
    odd codes, is seen as well as one that rises.

    Parameters
    ----------
    inputs : array (n, k)
    truth : array (n,), 0 or 1
    customers : array (n,), integers        whose row it is

    Returns
    -------
    dict        empty where either half has fewer than 30 of an outcome
    """
    drawn = np.random.default_rng(0).permutation(len(truth))[:_MOST_ROWS]
    inputs, left, half = inputs[drawn], truth[drawn] > 0, customers[drawn] % 2 > 0
    if min((left[part] == side).sum() for part in (half, ~half) for side in (True, False)) < FEWEST:
        return {}
    found = {name: _alone(inputs[:, place], left, half) for place, name in enumerate(names)}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def suspects_of(found: Mapping[str, float], trusted: Collection[str] = (), limit: float = TOO_GOOD) -> list[str]:
    """The columns above the limit that nobody vouched for, strongest first."""
    return [name for name, value in found.items() if value > limit and name not in trusted]


def limit_beside(at_sight: Mapping[str, float]) -> float:
    """Up to which AUC a column may be honest where orders at sight already tell much.

    Who gets a box every week and has had none for a month is gone: days since the last order reach .955 there, and
    hold nothing but what was known. A column that holds the outcome leaves next to nothing untold.

    Parameters
    ----------
    at_sight : mapping      AUC of what was counted from the orders themselves, by none of the columns in question

    Returns
    -------
    float, [.95, 1]
    """
    return max(TOO_GOOD, 1 - _LEFT * (1 - max(at_sight.values(), default=0.5)))


def guarded(found: Mapping[str, float], trusted: Collection[str] = (), limit: float = TOO_GOOD) -> Leaks:
    """The guard's verdict on single columns.

    Raises
    ------
    LeakError   if a column nobody vouched for is above the limit
    """
    suspects = suspects_of(found, trusted, limit)
    if suspects:
        told = ", ".join(f"'{name}' (AUC {found[name]:.3f})" for name in suspects[:5])
        raise LeakError(
            f"{told} alone tells who will order, better than {limit:.3g}: it probably holds the outcome. Look at when "
            "its table's known_at is set and from which column; mend shop.toml, or, if a person has made sure that it "
            f"is known before the cutoff, pass --trust {suspects[0]}."
        )
    if not found:
        return Leaks("", float("nan"), limit=limit)
    name = next(iter(found))
    vouched_for = tuple(one for one, value in found.items() if value > limit and one in trusted)
    return Leaks(name, found[name], vouched_for, limit=limit)


def shuffled(truth: Array, seed: int = 0) -> Array:
    """The same outcomes in another order."""
    return np.random.default_rng(seed).permutation(truth)


def permuted(truth: Array, score: Array) -> tuple[float, float]:
    """AUC on shuffled labels, and its standard error by chance (Mann–Whitney).

    Raises
    ------
    LeakError   if the AUC is more than four standard errors from one half
    """
    left = truth > 0
    positives, negatives = int(left.sum()), int((~left).sum())
    if min(positives, negatives) < FEWEST:
        return float("nan"), float("nan")
    error = float(np.sqrt((positives + negatives + 1) / (12.0 * positives * negatives)))
    value = auc(left, score)
    if abs(value - 0.5) > STANDARD_ERRORS * error:
        raise LeakError(
            f"a model trained on shuffled labels reaches AUC {value:.3f} on rows it should not know, where chance "
            f"stays within {STANDARD_ERRORS * error:.3f} of .500: rows of the test are among those it was trained on. "
            "Look for customers or cutoffs that occur twice."
        )
    return value, error


def _alone(values: NDArray[np.float32], left: NDArray[np.bool_], half: NDArray[np.bool_]) -> float:
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    edges = distinct if len(distinct) <= _BINS else np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS))
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    score = np.empty(len(values))
    for learnt in (half, ~half):
        size = np.bincount(place[learnt], minlength=len(edges) + 2)
        came = np.bincount(place[learnt], weights=left[learnt], minlength=len(edges) + 2)
        mean = left[learnt].mean()
        score[~learnt] = ((came + mean) / (size + 1))[place[~learnt]]
    return float(np.mean([auc(left[part], score[part]) for part in (half, ~half)]))
