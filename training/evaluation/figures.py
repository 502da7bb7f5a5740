"""Folds into figures: the metrics of a task, beside each baseline's, with intervals of the differences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.bootstrap import Interval, resamples
from training.evaluation.folds import SLICE_ERROR, SLICE_ROWS, Fold, Slice
from training.evaluation.metric_registry import BUILT_IN, Metric
from training.evaluation.metrics import MetricError

Array = NDArray[np.float64]
Answers = Mapping[str, Array]

_DRAWS = 200


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


def differences(folds: Sequence[Fold], of: Sequence[Metric] = BUILT_IN) -> dict[str, dict[str, Interval]]:
    """Baseline → metric → model − baseline, paired on the same rows, customers resampled."""
    found = {key: gap for key, gap in _gaps(folds, of).items() if gap == gap}  # NaN: not defined on these rows
    drawn: dict[tuple[str, str], list[float]] = {key: [] for key in found}
    for rows in resamples(_customers(folds), draws=_DRAWS) if found else ():
        for key, gap in _gaps(_resampled(folds, rows), of).items():
            if key in drawn:
                drawn[key].append(gap)
    result: dict[str, dict[str, Interval]] = {name: {} for name in (folds[0].baselines if folds else ())}
    for (baseline, metric), gaps in drawn.items():
        low, high = np.nanquantile(gaps, [0.025, 0.975])
        result[baseline][metric] = Interval(found[baseline, metric], float(low), float(high))
    return result


def _gaps(folds: Sequence[Fold], of: Sequence[Metric]) -> dict[tuple[str, str], float]:
    """(baseline, metric) → mean over the folds of model − baseline."""
    gaps: dict[tuple[str, str], list[float]] = {}
    for fold in folds:
        own = _compared(fold, fold.answers, of)
        for baseline, given in fold.baselines.items():
            for metric, value in _compared(fold, given, of).items():
                if metric in own:
                    gaps.setdefault((baseline, metric), []).append(own[metric] - value)
    return {key: float(np.mean(values)) for key, values in gaps.items()}


def _compared(fold: Fold, answers: Answers, of: Sequence[Metric]) -> dict[str, float]:
    """The paired metrics these answers allow; NaN where one is not defined on the fold's rows."""
    found = _judged(fold.truth, answers, [metric for metric in of if metric.paired])
    return {name: float("nan") if value is None else value for name, value in found.items()}


def _customers(folds: Sequence[Fold]) -> NDArray[np.str_]:
    return np.concatenate([fold.customers for fold in folds])


def _resampled(folds: Sequence[Fold], rows: NDArray[np.intp]) -> list[Fold]:
    """The folds on drawn rows, numbered through all folds in order."""
    rows = np.sort(rows)
    ends = np.cumsum([len(fold.customers) for fold in folds])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    return [_on(fold, part - start) for fold, part, start in zip(folds, parts, [0, *ends[:-1]], strict=True)]


def _on(fold: Fold, rows: NDArray[np.intp]) -> Fold:
    return replace(
        fold,
        customers=fold.customers[rows],
        truth={name: values[rows] for name, values in fold.truth.items()},
        answers={name: values[rows] for name, values in fold.answers.items()},
        baselines={
            baseline: {name: values[rows] for name, values in given.items()}
            for baseline, given in fold.baselines.items()
        },
    )


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
