"""Curves a reviewer reads, as plain numbers: drawn by plots, shown by the report, never a customer's row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.metrics import precision_recall_curve, roc_curve

from features.errors import PerennialError

Values = NDArray[np.float64]
UNIT: Values = np.array([0.0, 1.0])  # both ends of an axis of shares
POINTS = 101  # of a curve: smooth to the eye, too coarse to lead back to one customer


class CurveError(PerennialError):
    """A curve cannot be drawn from what it was given."""


@dataclass(frozen=True)
class Curve:
    """Points of a curve, x ascending.

    Attributes
    ----------
    x, y : array, shape (n,)
    """

    x: Values
    y: Values


@dataclass(frozen=True)
class Bins:
    """Customers in groups of equal size, ordered by what was predicted for them.

    Attributes
    ----------
    predicted, actual : array, shape (n_bins,)   means of the group, in the unit of the outcome
    low, high : array, shape (n_bins,)           95 % interval of `actual`
    count : array, shape (n_bins,)               customers in the group
    """

    predicted: Values
    actual: Values
    low: Values
    high: Values
    count: Values


def roc(truth: Values, score: Values) -> Curve:
    """False positive rate against true positive rate."""
    _both_classes(truth)
    false_rate, true_rate, _ = roc_curve(truth, score, drop_intermediate=False)
    return _thin(false_rate, true_rate)


def precision_recall(truth: Values, score: Values) -> Curve:
    """Recall against precision."""
    _both_classes(truth)
    precision, recall, _ = precision_recall_curve(truth, score)
    found = recall > 0  # before the first hit precision is 0, or the 1 that is agreed upon for nobody named
    return _thin(recall[found][::-1], precision[found][::-1])


def gains(truth: Values, score: Values) -> Curve:
    """Share of customers contacted, most likely first, against the share of the outcome among them.

    `truth` may be a flag or an amount ≥ 0 (churners, or the money that leaves with them); ties in the
    score are shared out evenly.
    """
    if truth.sum() <= 0:
        raise CurveError("a gains curve needs an outcome above 0, but every customer has none. Widen the window.")
    contacted, caught = _cumulated(truth, score)
    x = np.linspace(0, 1, POINTS)
    return Curve(x, np.interp(x, contacted, caught))


def lift(curve: Curve) -> Curve:
    """How many times more of the outcome the contacted share holds than a random pick; from its gains."""
    inside = curve.x > 0
    return Curve(curve.x[inside], curve.y[inside] / curve.x[inside])


def calibration(truth: Values, score: Values, bins: int = 10) -> Bins:
    """Predicted against observed share in groups of equal size; intervals by Clopper and Pearson."""
    groups = _groups(score, bins)
    count = np.array([len(rows) for rows in groups], dtype=np.float64)
    hits = np.array([truth[rows].sum() for rows in groups])
    low = np.where(hits > 0, beta.ppf(0.025, np.maximum(hits, 1e-9), count - hits + 1), 0.0)
    high = np.where(hits < count, beta.ppf(0.975, hits + 1, np.maximum(count - hits, 1e-9)), 1.0)
    predicted = np.array([score[rows].mean() for rows in groups])
    return Bins(predicted, hits / count, low, high, count)


def level(truth: Values, predicted: Values, bins: int = 10) -> Bins:
    """Predicted against actual mean of an amount in groups of equal size; intervals by the normal law."""
    groups = _groups(predicted, bins)
    count = np.array([len(rows) for rows in groups], dtype=np.float64)
    actual = np.array([truth[rows].mean() for rows in groups])
    error = np.array([1.96 * truth[rows].std() / np.sqrt(len(rows)) for rows in groups])
    means = np.array([predicted[rows].mean() for rows in groups])
    return Bins(means, actual, actual - error, actual + error, count)


def histogram(score: Values, edges: Values) -> Values:
    """Share of the scores between the edges, shape (len(edges) − 1,)."""
    counts, _ = np.histogram(score, bins=edges)
    return np.asarray(counts / max(len(score), 1), dtype=np.float64)


def _groups(score: Values, bins: int) -> list[NDArray[np.intp]]:
    if len(score) == 0:
        raise CurveError("a curve needs customers, but there are none at these cutoffs. Choose other cutoffs.")
    order = np.argsort(score, kind="stable")
    return [rows for rows in np.array_split(order, bins) if len(rows)]


def _cumulated(truth: Values, score: Values) -> tuple[Values, Values]:
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    caught = np.cumsum(truth[order])[ends] / truth.sum()
    return np.append(0.0, (ends + 1) / len(truth)), np.append(0.0, caught)


def _thin(x: Values, y: Values) -> Curve:
    keep = np.unique(np.linspace(0, len(x) - 1, 2 * POINTS).astype(np.intp))
    return Curve(x[keep], y[keep])


def _both_classes(truth: Values) -> None:
    if truth.min(initial=1) > 0 or truth.max(initial=0) <= 0:
        raise CurveError(
            "a curve of two classes needs both, but all customers have the same outcome. "
            "Use more cutoffs, or another horizon."
        )
