"""Folds into figures: the metrics of a task, beside each baseline's, with intervals of the differences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, resamples
from training.evaluation.folds import SLICE_ERROR, SLICE_ROWS, Fold, Slice
from training.evaluation.metrics import functions as metrics
from training.evaluation.metrics.functions import MetricError
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import BUILT_IN

Array = NDArray[np.float64]
Answers = Mapping[str, Array]
Drawn = Mapping[tuple[int, str], Array]  # place of a fold, metric → its value on all rows, then on every resample

_DRAWS = 200
_OWN = ""  # the model among the baselines' names


def figures(truth: Answers, answers: Answers, of: Sequence[Metric] = BUILT_IN) -> dict[str, float]:
    """Every one of the metrics that these answers and outcomes allow, by name."""
    found = _judged(truth, answers, of)
    return {name: value for name, value in found.items() if value is not None}


def summary(
    folds: Sequence[Fold], pick: Callable[[Fold], Answers | None], of: Sequence[Metric] = BUILT_IN
) -> dict[str, float]:
    """Means over the folds; calibration and coverage over their rows together.

    `pick` takes the model's or a baseline's answers from a fold.
    """
    answers = [pick(fold) for fold in folds]
    rows = [(fold.truth, given) for fold, given in zip(folds, answers, strict=True) if given is not None]
    if not rows:
        return {}
    by_fold = [figures(truth, given, of) for truth, given in rows]
    shared = [name for name in by_fold[0] if all(name in one for one in by_fold)]
    means = {name: float(np.mean([one[name] for one in by_fold])) for name in shared}
    together = [metric for metric in of if metric.pooled and metric.name in means]
    pooled = figures(_together([truth for truth, _ in rows]), _together([given for _, given in rows]), together)
    return means | pooled


def intervals(
    folds: Sequence[Fold],
    pick: Callable[[Fold], Answers | None],
    draws: int = _DRAWS,
    of: Sequence[Metric] = BUILT_IN,
) -> dict[str, Interval]:
    """`summary` with bootstrap intervals; customers are resampled together with all of their folds."""
    found = summary(folds, pick, of)
    drawn: dict[str, list[float]] = {name: [] for name in found}
    for rows in resamples(_customers(folds), draws=draws):
        for name, value in summary(_resampled(folds, rows), pick, of).items():
            drawn[name].append(value)
    bounds = {name: np.nanquantile(values, [0.025, 0.975]) for name, values in drawn.items() if values}
    return {name: Interval(found[name], float(low), float(high)) for name, (low, high) in bounds.items()}


def differences(
    folds: Sequence[Fold], of: Sequence[Metric] = BUILT_IN, known: dict[str, Drawn] | None = None
) -> dict[str, dict[str, Interval]]:
    """Baseline → metric → model − baseline, paired on the same rows, customers resampled.

    Parameters
    ----------
    known : dict, optional      baseline → its metrics on every resample of these folds, as an earlier call has put
                                them there: several models are judged beside the same baselines
    """
    if not folds:
        return {}
    drawn = _drawn(folds, of, {} if known is None else known)
    own = drawn.pop(_OWN)
    result: dict[str, dict[str, Interval]] = {name: {} for name in folds[0].baselines}
    for name in result:
        for metric, gaps in _gaps(own, drawn[name]).items():
            if gaps[0] == gaps[0]:  # NaN: not defined on these rows
                low, high = np.nanquantile(gaps[1:], [0.025, 0.975])
                result[name][metric] = Interval(float(gaps[0]), float(low), float(high))
    return result


def _drawn(folds: Sequence[Fold], of: Sequence[Metric], known: dict[str, Drawn]) -> dict[str, Drawn]:
    """The paired metrics of the model and of each baseline: on all rows, then on every resample."""
    found: dict[str, dict[tuple[int, str], list[float]]] = {}
    asked = [name for name in folds[0].baselines if name not in known]
    for rows in (np.arange(len(_customers(folds))), *resamples(_customers(folds), draws=_DRAWS)):
        for place, (fold, part) in enumerate(zip(folds, _by_fold(folds, rows), strict=True)):
            truth = _rows_of(fold.truth, part)
            for name, given in ((_OWN, fold.answers), *((one, fold.baselines[one]) for one in asked)):
                for metric, value in _compared(truth, _rows_of(given, part), of).items():
                    found.setdefault(name, {}).setdefault((place, metric), []).append(value)
    told = {name: {key: np.array(values) for key, values in one.items()} for name, one in found.items()}
    known |= {name: told.get(name, {}) for name in asked}
    return {name: known[name] for name in folds[0].baselines} | {_OWN: told.get(_OWN, {})}


def _gaps(own: Drawn, other: Drawn) -> dict[str, Array]:
    """Metric → mean over the folds of own − other, one a draw."""
    gaps: dict[str, list[Array]] = {}
    for (place, metric), values in other.items():
        if (place, metric) in own:
            gaps.setdefault(metric, []).append(own[place, metric] - values)
    return {metric: np.mean(by_fold, axis=0) for metric, by_fold in gaps.items()}


def _compared(truth: Answers, answers: Answers, of: Sequence[Metric]) -> dict[str, float]:
    """The paired metrics these answers allow; NaN where one is not defined on these rows."""
    found = _judged(truth, answers, [metric for metric in of if metric.paired])
    return {name: float("nan") if value is None else value for name, value in found.items()}


def _customers(folds: Sequence[Fold]) -> NDArray[np.str_]:
    return np.concatenate([fold.customers for fold in folds])


def _resampled(folds: Sequence[Fold], rows: NDArray[np.intp]) -> list[Fold]:
    """The folds on drawn rows, numbered through all folds in order."""
    return [_on(fold, part) for fold, part in zip(folds, _by_fold(folds, rows), strict=True)]


def _by_fold(folds: Sequence[Fold], rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each fold, numbered within it, of rows numbered through all folds in order."""
    rows = np.sort(rows)
    ends = np.cumsum([len(fold.customers) for fold in folds])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    return [part - start for part, start in zip(parts, [0, *ends[:-1]], strict=True)]


def _on(fold: Fold, rows: NDArray[np.intp]) -> Fold:
    return replace(
        fold,
        customers=fold.customers[rows],
        truth=_rows_of(fold.truth, rows),
        answers=_rows_of(fold.answers, rows),
        baselines={baseline: _rows_of(given, rows) for baseline, given in fold.baselines.items()},
    )


def _rows_of(values: Answers, rows: NDArray[np.intp]) -> dict[str, Array]:
    return {name: one[rows] for name, one in values.items()}


def slices(
    folds: Sequence[Fold],
    groups: Sequence[Mapping[str, NDArray[np.str_]]],
    outcome: str = "churn",
    answer: str = "churn_probability",
) -> tuple[Slice, ...]:
    """A probability's calibration within groups of customers, over all folds; `groups` holds name → value by fold."""
    truth = np.concatenate([fold.truth[outcome] for fold in folds])
    score = np.concatenate([fold.answers[answer] for fold in folds])
    grouped = [(name, np.concatenate([group[name] for group in groups])) for name in groups[0]]
    parts = [(name, str(value), values == value) for name, values in grouped for value in np.unique(values)]
    found = []
    for name, value, rows in parts:
        error = metrics.expected_calibration_error(truth[rows] > 0, score[rows])
        perfect = metrics.perfect_calibration_error(score[rows], share=1 - 0.05 / len(parts), draws=400)
        allowed = max(SLICE_ERROR, perfect) if rows.sum() >= SLICE_ROWS else perfect
        predicted, actual = float(score[rows].mean()), float(truth[rows].mean())
        found.append(Slice(name, value, int(rows.sum()), predicted, actual, error, allowed))
    return tuple(found)


def _judged(truth: Answers, answers: Answers, of: Sequence[Metric]) -> dict[str, float | None]:
    """Metric → its value, or None where it is not defined on these rows."""
    found: dict[str, float | None] = {}
    for metric in of:
        if metric.function is not None and metric.fits(truth, answers):
            try:
                found[metric.name] = metric.function(truth, answers)
            except MetricError:
                found[metric.name] = None
    return found


def _together(parts: Sequence[Answers]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
