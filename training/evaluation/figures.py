"""Folds into figures: the metrics of a task, beside each baseline's, with intervals of the differences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.bootstrap import Interval, resamples
from training.evaluation.folds import SLICE_ERROR, SLICE_ROWS, STRICT_SLICES, Fold, Slice

Array = NDArray[np.float64]
Answers = Mapping[str, Array]

_POOLED = ("calibration_error", "below", "unknown")  # need more rows than one fold has
_DRAWS = 200
_RANKED = ("recommend_recall", "recommend_ndcg", "discovery_recall", "discovery_ndcg")  # by customer, NaN where nothing


def figures(truth: Answers, answers: Answers) -> dict[str, float]:
    """Every metric that these answers and outcomes allow, by the names of training.task."""
    found: dict[str, float] = {}
    if "churn" in truth and "churn_probability" in answers:
        found |= _churn(truth["churn"] > 0, answers["churn_probability"])
    if "days" in truth and "expected_shopping_days" in answers:
        days, predicted = truth["days"], answers["expected_shopping_days"]
        found |= {"days_rmse": metrics.rmse(days, predicted), "days_mae": metrics.mae(days, predicted)}
        found["days_totals_ratio"] = metrics.totals_ratio(days, predicted)
    if "spend" in truth and "expected_spend" in answers:
        spend, predicted = truth["spend"], answers["expected_spend"]
        found |= {"spend_mae": metrics.mae(spend, predicted), "spend_spearman": metrics.spearman(spend, predicted)}
        found["spend_totals_ratio"] = metrics.totals_ratio(spend, predicted)
    for name in ("spend", "next_order"):
        if f"{name}_p50" in answers and name in truth:
            watched = truth.get("watched") if name == "next_order" else None
            found |= _quantiles(name, truth[name], answers, watched)
    for name in ("promotion", "purchase"):
        shares = [answers[key] for key in answers if key.startswith(f"{name}_")]
        if name in truth and shares and truth[name].any():
            found[f"{name}_log_loss"] = metrics.shares_log_loss(truth[name], np.stack(shares, axis=1))
    found |= {name: _known_mean(answers[name]) for name in _RANKED if name in answers and _known(answers[name])}
    return found | _contact(truth, answers)


def summary(folds: Sequence[Fold], pick: Callable[[Fold], Answers | None]) -> dict[str, float]:
    """Means over the folds; calibration and coverage over their rows together.

    `pick` takes the model's or a baseline's answers from a fold.
    """
    answers = [pick(fold) for fold in folds]
    rows = [(fold.truth, given) for fold, given in zip(folds, answers, strict=True) if given is not None]
    if not rows:
        return {}
    by_fold = [figures(truth, given) for truth, given in rows]
    shared = [name for name in by_fold[0] if all(name in one for one in by_fold)]
    means = {name: float(np.mean([one[name] for one in by_fold])) for name in shared}
    pooled = figures(_together([truth for truth, _ in rows]), _together([given for _, given in rows]))
    return means | {name: pooled[name] for name in means if any(part in name for part in _POOLED)}


def intervals(
    folds: Sequence[Fold], pick: Callable[[Fold], Answers | None], draws: int = _DRAWS
) -> dict[str, Interval]:
    """`summary` with bootstrap intervals; customers are resampled together with all of their folds."""
    found = summary(folds, pick)
    drawn: dict[str, list[float]] = {name: [] for name in found}
    for rows in resamples(_customers(folds), draws=draws):
        for name, value in summary(_resampled(folds, rows), pick).items():
            drawn[name].append(value)
    bounds = {name: np.nanquantile(values, [0.025, 0.975]) for name, values in drawn.items() if values}
    return {name: Interval(found[name], float(low), float(high)) for name, (low, high) in bounds.items()}


def differences(folds: Sequence[Fold]) -> dict[str, dict[str, Interval]]:
    """Baseline → metric → model − baseline, paired on the same rows, customers resampled."""
    found = {key: gap for key, gap in _gaps(folds).items() if gap == gap}  # NaN: not defined on these rows
    drawn: dict[tuple[str, str], list[float]] = {key: [] for key in found}
    for rows in resamples(_customers(folds), draws=_DRAWS) if found else ():
        for key, gap in _gaps(_resampled(folds, rows)).items():
            if key in drawn:
                drawn[key].append(gap)
    result: dict[str, dict[str, Interval]] = {name: {} for name in (folds[0].baselines if folds else ())}
    for (baseline, metric), gaps in drawn.items():
        low, high = np.nanquantile(gaps, [0.025, 0.975])
        result[baseline][metric] = Interval(found[baseline, metric], float(low), float(high))
    return result


def _gaps(folds: Sequence[Fold]) -> dict[tuple[str, str], float]:
    """(baseline, metric) → mean over the folds of model − baseline."""
    gaps: dict[tuple[str, str], list[float]] = {}
    for fold in folds:
        own = _compared(fold, fold.answers)
        for baseline, given in fold.baselines.items():
            for metric, value in _compared(fold, given).items():
                if metric in own:
                    gaps.setdefault((baseline, metric), []).append(own[metric] - value)
    return {key: float(np.mean(values)) for key, values in gaps.items()}


def _compared(fold: Fold, answers: Answers) -> dict[str, float]:
    """The compared metrics these answers allow; NaN where one is not defined on the fold's rows."""
    found = {}
    for name, (truth, answer, metric) in _SINGLE.items():
        if truth in fold.truth and any(key.startswith(answer) for key in answers):
            try:
                found[name] = metric(fold.truth, answers)
            except metrics.MetricError:
                found[name] = float("nan")
    contact = _contact(fold.truth, answers)
    return found | {name: value for name, value in contact.items() if name == "contact_log_loss"}


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


def slices(folds: Sequence[Fold], groups: Sequence[Mapping[str, NDArray[np.str_]]]) -> tuple[Slice, ...]:
    """Churn's calibration within groups of customers, over all folds; `groups` holds name → value by fold."""
    truth = np.concatenate([fold.truth["churn"] for fold in folds])
    score = np.concatenate([fold.answers["churn_probability"] for fold in folds])
    grouped = [(name, np.concatenate([group[name] for group in groups])) for name in groups[0]]
    parts = [(name, str(value), values == value) for name, values in grouped for value in np.unique(values)]
    found = []
    for name, value, rows in parts:
        error = metrics.expected_calibration_error(truth[rows] > 0, score[rows])
        perfect = metrics.perfect_calibration_error(score[rows], share=1 - 0.05 / len(parts), draws=400)
        allowed = _allowed(name, int(rows.sum()), perfect)
        predicted, actual = float(score[rows].mean()), float(truth[rows].mean())
        found.append(Slice(name, value, int(rows.sum()), predicted, actual, error, allowed))
    return tuple(found)


def _allowed(name: str, rows: int, perfect: float) -> float:
    if rows < SLICE_ROWS:
        return perfect
    return SLICE_ERROR if name in STRICT_SLICES else max(SLICE_ERROR, perfect)


def _shares(name: str) -> Callable[[Answers, Answers], float]:
    def loss(truth: Answers, answers: Answers) -> float:
        shares = [answers[key] for key in answers if key.startswith(f"{name}_")]
        return metrics.shares_log_loss(truth[name], np.stack(shares, axis=1))

    return loss


def _mean_of(name: str) -> Callable[[Answers, Answers], float]:
    return lambda truth, given: _known_mean(given[name]) if _known(given[name]) else float("nan")


def _known(values: Array) -> bool:
    return not bool(np.isnan(values).all())


def _known_mean(values: Array) -> float:
    return float(np.nanmean(values))


# metric → the outcome it needs, how the answers it needs begin, and the function
_SINGLE: Mapping[str, tuple[str, str, Callable[[Answers, Answers], float]]] = {
    "auc": ("churn", "churn_", lambda truth, given: metrics.auc(*_leaving(truth, given))),
    "brier": ("churn", "churn_", lambda truth, given: metrics.brier(*_leaving(truth, given))),
    "log_loss": ("churn", "churn_", lambda truth, given: metrics.log_loss(*_leaving(truth, given))),
    "average_precision": ("churn", "churn_", lambda truth, given: metrics.average_precision(*_leaving(truth, given))),
    "days_rmse": (
        "days",
        "expected_shopping_days",
        lambda truth, given: metrics.rmse(truth["days"], given["expected_shopping_days"]),
    ),
    "days_mae": (
        "days",
        "expected_shopping_days",
        lambda truth, given: metrics.mae(truth["days"], given["expected_shopping_days"]),
    ),
    "spend_mae": (
        "spend",
        "expected_spend",
        lambda truth, given: metrics.mae(truth["spend"], given["expected_spend"]),
    ),
    "spend_spearman": (
        "spend",
        "expected_spend",
        lambda truth, given: metrics.spearman(truth["spend"], given["expected_spend"]),
    ),
    "promotion_log_loss": ("promotion", "promotion_", _shares("promotion")),
    "purchase_log_loss": ("purchase", "purchase_", _shares("purchase")),
    **{name: ("bought", name, _mean_of(name)) for name in _RANKED},
}


def _leaving(truth: Answers, given: Answers) -> tuple[NDArray[np.bool_], Array]:
    return truth["churn"] > 0, given["churn_probability"]


def _churn(churned: NDArray[np.bool_], probability: Array) -> dict[str, float]:
    found = {
        "brier": metrics.brier(churned, probability),
        "log_loss": metrics.log_loss(churned, probability),
        "calibration_error": metrics.expected_calibration_error(churned, probability),
    }
    if churned.any() and not churned.all():
        found["auc"] = metrics.auc(churned, probability)
        found["average_precision"] = metrics.average_precision(churned, probability)
        found["lift_at_10"] = metrics.lift_at(churned, probability, 0.1)
    return found


def _quantiles(name: str, truth: Array, answers: Answers, watched: Array | None) -> dict[str, float]:
    found = {}
    for level in (10, 50, 90):
        quantile = answers[f"{name}_p{level}"]
        if watched is not None:  # a quantile beyond the days that were watched cannot be judged
            quantile = np.where(quantile < watched, quantile, np.nan)
        ties: Array | float = 0.5
        if name == "spend" and "order_probability" in answers:
            silent = np.maximum(1 - answers["order_probability"], 1e-12)
            ties = np.where(quantile <= 0, np.minimum(level / 100 / silent, 1.0), 0.5)
        found[f"{name}_below_p{level}"] = metrics.coverage(truth, quantile, level, ties)
    if name == "next_order":
        found["next_order_unknown_p90"] = float(np.isnan(answers["next_order_p90"]).mean())
    return found


def _contact(truth: Answers, answers: Answers) -> dict[str, float]:
    """Over everyone contacted on a channel: truth is the share of messages answered, NaN where none was sent."""
    channels = [name for name in answers if name.startswith("contact_") and name in truth]
    if not channels:
        return {}
    responded = np.concatenate([truth[name] for name in channels])
    predicted = np.concatenate([answers[name] for name in channels])
    asked = ~np.isnan(responded)
    if not asked.any():
        return {}
    share, predicted = responded[asked], predicted[asked]
    found = {"contact_log_loss": metrics.shares_log_loss(*(np.stack([x, 1 - x], axis=1) for x in (share, predicted)))}
    outcome = share > 0
    if outcome.any() and not outcome.all():
        found["contact_auc"] = metrics.auc(outcome, predicted)
    return found


def _together(parts: Sequence[Answers]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
