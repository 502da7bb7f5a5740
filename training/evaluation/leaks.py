"""Leak guards: a column that says too much alone, and a model that learns from labels that mean nothing.

A column that holds the outcome makes every figure of a backtest look splendid and every answer of the service wrong,
because the outcome is not there when the question is asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import PerennialError
from training.evaluation.metrics import auc

Array = NDArray[np.float64]

TOO_GOOD = 0.95  # AUC of one column alone; days since the last order reach about .78 on groceries
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
    trusted : tuple of str   columns above TOO_GOOD that someone vouched for
    permuted_auc : float     of a model trained on shuffled labels, NaN where there was no fold to try it on
    permuted_error : float   the standard error that chance alone has there
    """

    strongest: str
    strongest_auc: float
    trusted: tuple[str, ...] = ()
    permuted_auc: float = float("nan")
    permuted_error: float = float("nan")


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


def guarded(found: Mapping[str, float], trusted: Collection[str] = ()) -> Leaks:
    """The guard's verdict on single columns.

    Raises
    ------
    LeakError   if a column nobody vouched for is above TOO_GOOD
    """
    loud = [name for name, value in found.items() if value > TOO_GOOD]
    suspects = [name for name in loud if name not in trusted]
    if suspects:
        told = ", ".join(f"'{name}' (AUC {found[name]:.3f})" for name in suspects[:5])
        raise LeakError(
            f"{told} alone tells who will order, better than {TOO_GOOD}: it probably holds the outcome. Look at when "
            "its table's known_at is set and from which column; mend shop.toml, or, if a person has made sure that it "
            f"is known before the cutoff, pass --trust {suspects[0]}."
        )
    if not found:
        return Leaks("", float("nan"))
    name = next(iter(found))
    return Leaks(name, found[name], tuple(one for one in loud if one in trusted))


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
