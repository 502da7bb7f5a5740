"""What the folds of an evaluation show, put together by question: what was predicted beside what happened."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.folds import Evaluation, Fold

Array = NDArray[np.float64]

MODEL = "Perennial"  # its name beside the baselines'
PROBABILITY, AMOUNT = "probability", "amount"
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class PooledAnswer:
    """One answer over all folds.

    Attributes
    ----------
    name : the answer's name
    kind : "probability" (truth is 0 or 1) or "amount"
    unit : "days", "currency" or "share"; empty for probabilities
    truth : array (n,)
    scores : the model's first, then those of the baselines that give this answer; arrays (n,)
    """

    name: str
    kind: str
    title: str
    unit: str
    truth: Array
    scores: Mapping[str, Array]


def judged(evaluation: Evaluation) -> tuple[PooledAnswer, ...]:
    """Every point answer the folds hold the truth of."""
    folds = evaluation.folds
    found = [
        _judged(folds, "churn_probability", PROBABILITY, "Churn probability", "", "churn"),
        _judged(folds, "expected_shopping_days", AMOUNT, "Shopping days", "days", "days"),
        _judged(folds, "expected_spend", AMOUNT, "Spend", "currency", "spend"),
        *_own(folds),
        *_shares(folds, "promotion"),
        *_shares(folds, "purchase"),
        *_shares(folds, "next_step"),
        *_contacts(folds),
    ]
    return tuple(one for one in found if one is not None)


def quantiles(evaluation: Evaluation) -> dict[str, dict[float, float]]:
    """Forecast → stated level → share of all folds' outcomes below that quantile; only those that were judged."""
    found = {
        name: {level: evaluation.metrics.get(f"{name}_below_{short}", float("nan")) for short, level in LEVELS.items()}
        for name in ("spend", "next_order")
    }
    return {name: shares for name, shares in found.items() if all(share == share for share in shares.values())}


def past_spend(evaluation: Evaluation) -> Array | None:
    """What each row's customer spent in the year before the cutoff; None unless all folds know it."""
    return _pooled([fold.past_spend for fold in evaluation.folds])


def cutoffs(evaluation: Evaluation) -> list[str]:
    """The folds' cutoffs, oldest first."""
    return [fold.cutoff for fold in evaluation.folds]


def by_fold(evaluation: Evaluation, metric: str) -> dict[str, list[float]]:
    """A metric at each fold, by name, the model's first; NaN where a fold does not have it."""
    lines = {MODEL: [fold.metrics.get(metric, np.nan) for fold in evaluation.folds]}
    for baseline in evaluation.baseline_metrics:
        found = [fold.baseline_metrics.get(baseline, {}).get(metric, np.nan) for fold in evaluation.folds]
        if not np.isnan(found).all():
            lines[baseline] = found
    return lines


def _judged(folds: Sequence[Fold], name: str, kind: str, title: str, unit: str, truth_name: str) -> PooledAnswer | None:
    truth = _pooled([fold.truth.get(truth_name) for fold in folds])
    model = _pooled([fold.answers.get(name) for fold in folds])
    if truth is None or model is None or not len(truth):
        return None
    baselines = {
        baseline: _pooled([fold.baselines.get(baseline, {}).get(name) for fold in folds])
        for baseline in folds[0].baselines
    }
    scores = {MODEL: model} | {key: values for key, values in baselines.items() if values is not None}
    return PooledAnswer(name, kind, title, unit, truth.astype(np.float64), scores)


def _own(folds: Sequence[Fold]) -> list[PooledAnswer | None]:
    """Answers to a shop's own questions: <outcome>_probability or <outcome>_expected to an outcome of that name."""
    kinds = {"probability": PROBABILITY, "expected": AMOUNT}
    return [
        _judged(folds, f"{name}_{ending}", kind, f"{name.replace('_', ' ').capitalize()} {ending}", "", name)
        for name in (folds[0].truth if folds else {})
        for ending, kind in kinds.items()
        if name != "churn" and f"{name}_{ending}" in folds[0].answers
    ]


def _shares(folds: Sequence[Fold], question: str) -> list[PooledAnswer | None]:
    """Own shares of the customers who acted at all, one entry a kind of promotion or sales channel."""
    if not folds or question not in folds[0].truth:
        return []
    names = [name for name in folds[0].answers if name.startswith(f"{question}_")]
    acted = [_acted(fold, question, names) for fold in folds]
    return [_judged(acted, name, AMOUNT, _title(name), "share", name) for name in names]


def _contacts(folds: Sequence[Fold]) -> list[PooledAnswer | None]:
    """Share of the messages answered on each contact channel, of the customers who were sent one."""
    names = [name for name in (folds[0].truth if folds else {}) if name.startswith("contact_")]
    return [
        _judged([_only(fold, ~np.isnan(fold.truth[name])) for fold in folds], name, AMOUNT, _title(name), "share", name)
        for name in names
    ]


def _title(name: str) -> str:
    return f"Share of {name.replace('_', ' ')}"


def _acted(fold: Fold, question: str, names: Sequence[str]) -> Fold:
    """The fold's rows with an occurrence; truth by the answers' names, counts turned into shares."""
    counts = fold.truth[question]
    acted = counts.sum(axis=1) > 0
    own = counts[acted] / counts[acted].sum(axis=1, keepdims=True)
    return dataclasses.replace(_only(fold, acted), truth=dict(zip(names, own.T, strict=True)))


def _only(fold: Fold, rows: NDArray[np.bool_]) -> Fold:
    """Some rows of a fold."""

    def some(values: Mapping[str, Array]) -> dict[str, Array]:
        return {name: column[rows] for name, column in values.items()}

    return dataclasses.replace(
        fold,
        customers=fold.customers[rows],
        truth=some(fold.truth),
        answers=some(fold.answers),
        baselines={baseline: some(given) for baseline, given in fold.baselines.items()},
    )


def _pooled(parts: Sequence[Array | None]) -> Array | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known and len(known) == len(parts) else None
