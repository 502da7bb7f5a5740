"""The gate: what a version must show before it may serve in another's place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np

from scoring.level import NONE
from scoring.model import Model
from training.evaluation.bootstrap import Interval
from training.evaluation.comparison import Comparison
from training.evaluation.folds import SLICE_ERROR, SLICE_ROWS, Evaluation, Fitted, Slice
from training.evaluation.leaks import STANDARD_ERRORS, Leaks
from training.evaluation.many_comparisons import worse_beyond_chance
from training.evaluation.metrics.functions import expected_calibration_error, perfect_calibration_error, totals_ratio
from training.evaluation.metrics.measures import is_better, measure, written_difference
from training.evaluation.metrics.registry import CONTACT_LOSS
from training.evaluation.pooled import PROBABILITY, PooledAnswer, judged, quantiles
from training.task import Task

# Models in their own right: a version must not be worse than these, simple rules it must beat.
PEERS = (
    *("plain_boosting", "catalogue_boosting", "buy_till_you_die"),
    *("nearest_baskets", "item_neighbours", "linear_model"),
    *("everybody", "best_single_action", "response_ranker", "churn_ranker", "as_dealt"),
)
CALIBRATION_ERROR = 0.02
COVERAGE_POINTS = 0.04
SHARE_POINTS = 0.02
TOTALS, TOTALS_ONE_SEASON = 0.10, 0.20  # predicted ÷ actual; a season seen once is not learnt
SECONDS_A_ROW = 0.010
FEWEST_CUSTOMERS = 20  # resampled, fewer say nothing of how customers differ: one customer gives intervals of no width
_HEADS = {
    "spend_spearman": "expected_spend",
    "spend_deviance": "expected_spend",
    "spend_median_mae": "spend_quantiles",
    "spend_pinball": "spend_quantiles",
    "next_order_pinball": "next_order_quantiles",
    "promotion_log_loss": "promotion",
    "purchase_log_loss": "purchase",
}


@dataclass(frozen=True)
class Check:
    """One question of the gate, with what was found and what was wanted, as sentences.

    `about` names the answer it asks of, where a model gives several that stand for themselves.
    """

    name: str
    passed: bool
    found: str
    wanted: str
    about: str = ""


def checks_of(fitted: Fitted, task: Task, seconds_a_row: float) -> tuple[Check, ...]:
    """What can be checked as soon as a model is trained."""
    return (*evidence_checks(fitted.evaluation, fitted.model, task), _fast(seconds_a_row))


def evidence_checks(evaluation: Evaluation, model: Model, task: Task) -> tuple[Check, ...]:
    """What the folds and the leak guards say: enough to choose among the kinds of model that were tried."""
    beside = (*_beside_baselines(evaluation, model, task), *_heads(evaluation, model, task))
    return (*beside, *_few(evaluation), *_honest(evaluation, model), *_leaks(evaluation.leaks))


def against_champion(task: Task, comparison: Comparison) -> Check:
    """Whether the version is better than the champion on the same rows."""
    title, wanted = measure(task.main_metric).title, "interval wholly on the better side of 0"
    name = f"beats champion v{comparison.champion}"
    difference = comparison.differences.get(task.main_metric)
    if difference is None:
        return Check(name, False, f"{title} could not be compared: no cutoff that neither had seen", wanted)
    found = f"{title} {written_difference(task.main_metric, difference)} on {comparison.rows:,} rows"
    return Check(name, is_better(difference, measure(task.main_metric).better), found, wanted)


def golden_check(difference: float, tolerance: float) -> Check:
    """Whether the stored model, loaded in another process, gives the answers it was registered with."""
    found = f"largest difference {difference:.1e} in a process of its own"
    return Check("golden predictions", difference <= tolerance, found, f"at most {tolerance:.0e}")


def _beside_baselines(evaluation: Evaluation, model: Model, task: Task) -> Iterable[Check]:
    if not evaluation.differences:
        yield Check("beats the baselines", False, "no backtest: the history is too short", "a backtest")
    worse, wanted_of_peers = _worse(evaluation, model, task)
    pairs = product((task.main_metric, *task.also_better), evaluation.differences.items())
    for metric, (baseline, differences) in pairs:
        if metric not in differences or baseline == model.model_kind:
            continue
        found, better, title = differences[metric], measure(metric).better, measure(metric).title
        told = f"{title} {written_difference(metric, found)}"
        spoken, about = baseline.replace("_", " "), head_of(metric) or ""
        if baseline in PEERS:
            passed = (baseline, metric) not in worse
            yield Check(f"not worse than {spoken}", passed, told, wanted_of_peers, about)
        else:
            wanted = "interval wholly on the better side of 0"
            also = "" if metric == task.main_metric else f", {title.lower()}"
            yield Check(f"beats {spoken}{also}", is_better(found, better), told, wanted, about)


def _few(evaluation: Evaluation) -> Iterable[Check]:
    """Asked only where it fails: so few customers that no interval over them means what it says."""
    customers = {who for fold in evaluation.folds for who in fold.customers}
    if evaluation.folds and len(customers) < FEWEST_CUSTOMERS:
        yield Check("enough customers to judge on", False, f"{len(customers):,}", f"at least {FEWEST_CUSTOMERS}")


def _heads(evaluation: Evaluation, model: Model, task: Task) -> Iterable[Check]:
    """Every further head beside each baseline that has it: it must not be worse."""
    worse, wanted = _worse(evaluation, model, task)
    for (baseline, metric), (found, _) in _not_to_be_lost(evaluation, model, task).items():
        about = head_of(metric)
        if about is None or metric in (task.main_metric, *task.also_better):
            continue
        told = f"{measure(metric).title} {written_difference(metric, found)}"
        name = f"{about.replace('_', ' ')} not worse than {baseline.replace('_', ' ')}"
        yield Check(name, (baseline, metric) not in worse, told, wanted, about)


def _worse(evaluation: Evaluation, model: Model, task: Task) -> tuple[frozenset[tuple[str, str]], str]:
    """The comparisons that are lost, and what is wanted of each."""
    asked = _not_to_be_lost(evaluation, model, task)
    many = f", by Holm's correction over {len(asked)} comparisons" if len(asked) > 1 else ""
    return worse_beyond_chance(asked), f"not worse beyond chance{many}"


def _not_to_be_lost(evaluation: Evaluation, model: Model, task: Task) -> dict[tuple[str, str], tuple[Interval, str]]:
    """(baseline, metric) → the difference and which way is better, wherever the gate asks that it is not worse."""
    main = (task.main_metric, *task.also_better)
    return {
        (baseline, metric): (found, measure(metric).better)
        for baseline, differences in evaluation.differences.items()
        if baseline != model.model_kind
        for metric, found in differences.items()
        if (baseline in PEERS if metric in main else head_of(metric) is not None)
    }


def head_of(metric: str) -> str | None:
    """The head that a metric judges for the gate; None for metrics that are shown and not asked."""
    if metric.startswith(f"{CONTACT_LOSS}_"):
        return f"contact_{metric.removeprefix(f'{CONTACT_LOSS}_')}"
    return _HEADS.get(metric)


def _honest(evaluation: Evaluation, model: Model) -> Iterable[Check]:
    told = judged(evaluation)
    together = sum(one.kind != PROBABILITY and one.unit == "share" for one in told)
    for one in told:
        if one.kind == PROBABILITY:
            yield _calibrated(one)
        elif one.unit == "share":
            yield _level(one, together)
        else:
            yield _totals(one, model.season_learnt != NONE)
    yield from _sliced(evaluation.slices)
    rows = sum(len(fold.customers) for fold in evaluation.folds)
    for name, shares in quantiles(evaluation).items():
        yield _covered(name, shares, rows)


def _calibrated(one: PooledAnswer) -> Check:
    probability = next(iter(one.scores.values()))
    error = expected_calibration_error(one.truth > 0, probability)
    perfect = perfect_calibration_error(probability)
    allowed = max(CALIBRATION_ERROR, perfect)
    why = " (what a perfect model may show on as few rows)" if perfect > CALIBRATION_ERROR else ""
    wanted = f"at most {allowed:.3f}{why}"
    return Check(f"{one.title.lower()} is calibrated", error <= allowed, f"calibration error {error:.3f}", wanted)


def _sliced(slices: Sequence[Slice]) -> Iterable[Check]:
    """One check over all groups of customers; the worst of those that fail are named."""
    if not slices:
        return
    off = sorted((one for one in slices if not one.passed), key=lambda one: one.allowed - one.calibration_error)
    told = [f"{one.name} {one.value}: {one.calibration_error:.3f} of {one.allowed:.3f}" for one in off[:3]]
    found = "; ".join(told) if off else f"all of {len(slices)} groups"
    wanted = f"at most {SLICE_ERROR:.2f} from {SLICE_ROWS:,} rows on, or what a perfect model may show on as few rows"
    yield Check("calibrated in every group", not off, found.replace("_", " "), wanted)


def _level(one: PooledAnswer, shares: int) -> Check:
    """A share may miss by two points, or by what a perfect model's may, all of a fit within it 95 times in 100."""
    predicted = next(iter(one.scores.values()))
    gap = abs(float(predicted.mean() - one.truth.mean()))
    reach = NormalDist().inv_cdf(1 - 0.025 / shares)
    perfect = reach * float((one.truth - predicted).std()) / np.sqrt(max(len(one.truth), 1))
    allowed = max(SHARE_POINTS, perfect)
    why = f" (what {shares} shares of a perfect model may show on as few rows)" if perfect > SHARE_POINTS else ""
    found = f"predicted {predicted.mean():.3f}, actual {one.truth.mean():.3f}"
    return Check(f"{one.title.lower()} is level", bool(gap <= allowed), found, f"within {allowed:.3f}{why}", one.name)


def _totals(one: PooledAnswer, season_learnt: bool) -> Check:
    ratio = totals_ratio(one.truth, next(iter(one.scores.values())))
    allowed = TOTALS if season_learnt else TOTALS_ONE_SEASON
    why = "" if season_learnt else " (fewer than two years of data: a season is not learnt yet)"
    wanted = f"{1 - allowed:.2f} to {1 + allowed:.2f}{why}"
    about = one.name if one.name in _HEADS.values() else ""
    return Check(
        f"{one.title.lower()} add up", abs(ratio - 1) <= allowed, f"predicted ÷ actual {ratio:.2f}", wanted, about
    )


def _covered(name: str, shares: dict[float, float], rows: int) -> Check:
    allowed = max(COVERAGE_POINTS, 1.96 * float(np.sqrt(0.25 / max(rows, 1))))
    passed = all(abs(share - level) <= allowed for level, share in shares.items())
    found = ", ".join(f"{share:.1%} below p{level * 100:.0f}" for level, share in shares.items())
    told = f"quantiles of {name.replace('_', ' ')} are honest"
    return Check(told, passed, found, f"each within {100 * allowed:.0f} points", f"{name}_quantiles")


def _leaks(leaks: Leaks | None) -> Iterable[Check]:
    if leaks is None:
        return
    if leaks.strongest:
        vouched = f"; vouched for: {', '.join(leaks.trusted)}" if leaks.trusted else ""
        told = f"{leaks.strongest} says most, AUC {leaks.strongest_auc:.3f}{vouched}"
        yield Check("no column holds the outcome", True, told, f"at most {leaks.limit:.3g} unless vouched for")
    if leaks.permuted_auc == leaks.permuted_auc:
        reach = STANDARD_ERRORS * leaks.permuted_error
        told = f"AUC {leaks.permuted_auc:.3f}"
        passed = abs(leaks.permuted_auc - 0.5) <= reach
        yield Check("shuffled labels teach nothing", passed, told, f"0.500 ± {reach:.3f} (four standard errors)")


def _fast(seconds: float) -> Check:
    found = f"{1000 * seconds:.1f} ms for one row with its reasons"
    return Check("fast enough", seconds <= SECONDS_A_ROW, found, f"at most {1000 * SECONDS_A_ROW:.0f} ms")
