"""From figures of a night whose window closed to findings: what is off beyond chance, and what it asks for.

The bounds are those of the gate that let the version serve; chance is left room beside them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from operations.monitor.closed_windows import TREATMENT, Closed
from operations.monitor.findings import OUTCOMES, RECALIBRATE, RETRAIN, ROLL_BACK, WAIT, Alert, Figure
from operations.monitor.share_losses import share_verdicts
from scoring.level import NONE
from training.evaluation.figures import slices
from training.evaluation.folds import Fold, Slice
from training.evaluation.metrics.functions import expected_calibration_error, log_loss, perfect_calibration_error
from training.review.gate import CALIBRATION_ERROR, COVERAGE_POINTS, TOTALS, TOTALS_ONE_SEASON

Array = NDArray[np.float64]

RANKING = 0.02  # by how much discrimination may differ from what was expected, beside chance
_ERRORS = 3.0  # standard errors left to chance: one night in 700 for a figure
_TWO_SIDES = 2.58  # the same for a share, both ways, one in a hundred
_WIDTH = 3.92  # standard errors in a 95 % interval
_TOTALS = {"days_totals_ratio": "shopping_days", "spend_totals_ratio": "spend"}


def findings_of(
    closed: Closed, fold: Fold, figures: Sequence[Figure], alone: tuple[Fold, Sequence[Figure]] | None, previous: bool
) -> list[Alert]:
    """What is off.

    Parameters
    ----------
    figures : of everybody, with intervals and what training expected
    alone : the same of the customers nobody meant to reach, where there are enough of them beside others
    previous : whether the version serves still, and another served before it
    """
    found = _off(closed, fold, figures, previous)
    if alone is None or not found:
        return found
    still = {_key(one) for one in _off(closed, *alone, previous)}
    kept = [one for one in found if _key(one) in still]
    if len(kept) < len(found):  # what we did to people moved them: the model is right about those left alone
        rows = float(len(alone[0].customers))
        kept.append(_finding(closed, "moved_by_actions", WAIT, untreated=rows, treated=len(fold.customers) - rows))
    return kept


def _off(closed: Closed, fold: Fold, figures: Sequence[Figure], previous: bool) -> list[Alert]:
    found = list(_ranks(closed, figures))
    outcome = _yes_or_no(closed, fold)
    if outcome is not None:
        found += _useless(closed, figures, fold.truth[outcome], previous)
        found += _calibrated(closed, fold, outcome)
    for one in share_verdicts(closed.task.metrics, fold, figures, previous):
        found.append(_finding(closed, one.code, one.advice, **one.facts))
    return [*found, *_adds_up(closed, fold, figures), *_covers(closed, fold, figures)]


def _key(finding: Alert) -> tuple[str, ...]:
    """What it is about, whatever the numbers; a group that is off among everybody says the model is off."""
    code = finding.code.removeprefix("group_")
    return code, *(str(finding.facts.get(name, "")) for name in ("total", "quantile", "question"))


def beyond(figure: Figure, margin: float) -> bool:
    """Whether a figure lies below what was expected by more than a margin and more than chance."""
    error = np.sqrt(2) * (figure.high - figure.low) / _WIDTH  # training's own figure is as uncertain
    return bool(figure.expected - figure.found > max(margin, _ERRORS * float(error)))


def _ranks(closed: Closed, figures: Iterable[Figure]) -> Iterator[Alert]:
    for one in figures:
        if one.metric == "auc" and beyond(one, RANKING):
            yield _finding(closed, "ranks_worse", RETRAIN, found=one.found, expected=one.expected)


def _useless(closed: Closed, figures: Iterable[Figure], truth: Array, previous: bool) -> Iterator[Alert]:
    """Worse than telling everybody the share to whom it happened: no calibration and no waiting mends that."""
    share = float(truth.mean())
    known = log_loss(truth > 0, np.full(len(truth), share))
    for one in figures:
        if one.metric == "log_loss" and one.low > known:
            advice = ROLL_BACK if previous else RETRAIN
            yield _finding(closed, "worse_than_one_rate", advice, found=one.found, expected=known)


def _calibrated(closed: Closed, fold: Fold, outcome: str) -> Iterator[Alert]:
    answer = closed.task.answers[0]
    error, allowed = _calibration(fold, outcome, answer)
    if error > allowed:
        facts = {"found": error, "expected": allowed, **_means(fold, outcome, answer)}
        yield _finding(closed, "not_calibrated", RECALIBRATE, **facts)
        return
    groups = {name: values for name, values in fold.groups.items() if name != TREATMENT}
    found = slices([fold], [groups], outcome, answer) if groups else ()
    off = [one for one in found if not one.passed and _beyond_chance(one, fold, answer, len(found))]
    for one in sorted(off, key=lambda one: one.allowed - one.calibration_error)[:1]:
        facts = {"found": one.calibration_error, "expected": one.allowed, "share": one.actual, "mean": one.predicted}
        yield _finding(closed, "group_not_calibrated", RECALIBRATE, group=f"{one.name} {one.value}", **facts)


def _beyond_chance(one: Slice, fold: Fold, answer: str, groups: int) -> bool:
    """Once in a hundred nights a perfect model shows some group as much; the gate allows it once in twenty fits."""
    scores = fold.answers[answer][fold.groups[one.name] == one.value]
    return one.calibration_error > perfect_calibration_error(scores, share=1 - 0.01 / groups, draws=4_000)


def _calibration(fold: Fold, outcome: str, answer: str) -> tuple[float, float]:
    """The calibration error, and what is allowed: the gate's bound, or what a perfect model may show by chance."""
    error = expected_calibration_error(fold.truth[outcome] > 0, fold.answers[answer])
    return error, max(CALIBRATION_ERROR, perfect_calibration_error(fold.answers[answer], share=0.99, draws=400))


def _means(fold: Fold, outcome: str, answer: str) -> dict[str, float]:
    return {"share": float((fold.truth[outcome] > 0).mean()), "mean": float(fold.answers[answer].mean())}


def _adds_up(closed: Closed, fold: Fold, figures: Iterable[Figure]) -> Iterator[Alert]:
    """Totals beyond the gate's bound and beyond the band the night itself stated."""
    allowed = TOTALS_ONE_SEASON if closed.model.season_learnt == NONE else TOTALS
    for one in figures:
        total = _TOTALS.get(one.metric)
        if total is None or abs(one.found - 1) <= allowed:
            continue
        label = "days" if total == "shopping_days" else total
        actual, band = float(fold.truth[label].sum()), closed.night.expected(total)
        if band and band["p10"] <= actual <= band["p90"]:
            continue
        yield _finding(closed, "totals_off", RECALIBRATE, found=one.found, expected=1.0, total=total)


def _covers(closed: Closed, fold: Fold, figures: Iterable[Figure]) -> Iterator[Alert]:
    allowed = max(COVERAGE_POINTS, _TWO_SIDES * float(np.sqrt(0.25 / len(fold.customers))))
    targets: Mapping[str, float] = {one.name: one.target for one in closed.task.metrics if "_below_p" in one.name}
    for one in figures:
        if one.metric in targets and abs(one.found - targets[one.metric]) > allowed:
            what = one.metric.partition("_below_p")[0]
            yield _finding(
                closed, "interval_off", RECALIBRATE, found=one.found, expected=targets[one.metric], quantile=what
            )


def _yes_or_no(closed: Closed, fold: Fold) -> str | None:
    """The outcome's name, of a question that is answered by one probability."""
    named = {one.truth for one in closed.task.metrics if one.name == "log_loss"}
    outcome = next(iter(named), None)
    return outcome if outcome in fold.truth and closed.task.answers[0] in fold.answers else None


def _finding(closed: Closed, code: str, advice: str, **facts: float | str) -> Alert:
    told = {"as_of": f"{closed.night.as_of:%Y-%m-%d}", "version": str(closed.version.version), **facts}
    return Alert(OUTCOMES, code, closed.task.name, advice, told)
