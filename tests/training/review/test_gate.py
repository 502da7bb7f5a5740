import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.training.tiny_fits import next_purchase_fit
from training.evaluation.bootstrap import Interval
from training.evaluation.comparison import Comparison
from training.evaluation.folds import Fitted, Slice
from training.evaluation.leaks import Leaks
from training.evaluation.metrics.functions import perfect_calibration_error
from training.review import gate
from training.tasks.churn import CHURN
from training.tasks.next_purchase import NEXT_PURCHASE

Fit = Callable[..., Fitted]


def answers(fitted: Fitted, seconds: float = 0.001) -> dict[str, bool]:
    task = CHURN if fitted.model.task == "churn" else NEXT_PURCHASE
    return {check.name: check.passed for check in gate.checks_of(fitted, task, seconds)}


def with_difference(fitted: Fitted, baseline: str, difference: Interval) -> Fitted:
    found = dataclasses.replace(fitted.evaluation, differences={baseline: {"log_loss": difference}})
    return dataclasses.replace(fitted, evaluation=found)


def test_a_good_model_passes_every_check(churn_fit_of: Fit) -> None:
    assert answers(churn_fit_of()) == {
        "beats recency": True,
        "churn probability is calibrated": True,
        "calibrated in every group": True,
        "fast enough": True,
    }


def test_a_biased_model_is_not_calibrated(churn_fit_of: Fit) -> None:
    assert not answers(churn_fit_of(bias=1.0))["churn probability is calibrated"]


def test_a_slow_model_is_not_fast_enough(churn_fit_of: Fit) -> None:
    assert not answers(churn_fit_of(), seconds=0.05)["fast enough"]


@pytest.mark.parametrize(
    ("baseline", "low", "high", "name", "passed"),
    [
        ("recency", -0.02, -0.01, "beats recency", True),
        ("recency", -0.02, 0.01, "beats recency", False),
        ("plain_boosting", -0.02, 0.01, "not worse than plain boosting", True),
        ("plain_boosting", 0.005, 0.01, "not worse than plain boosting", False),
    ],
)
def test_simple_rules_must_be_beaten_and_peers_not_lost_to(
    churn_fit_of: Fit, baseline: str, low: float, high: float, name: str, passed: bool
) -> None:
    fitted = with_difference(churn_fit_of(), baseline, Interval((low + high) / 2, low, high))
    assert answers(fitted)[name] is passed


def test_without_a_backtest_nothing_beats_the_baselines(churn_fit_of: Fit) -> None:
    fitted = churn_fit_of()
    empty = dataclasses.replace(fitted.evaluation, folds=(), differences={}, metrics={}, slices=())
    assert answers(dataclasses.replace(fitted, evaluation=empty)) == {"beats the baselines": False, "fast enough": True}


@pytest.mark.parametrize(("auc", "passed"), [(0.5, True), (0.57, True), (0.59, False), (0.41, False)])
def test_a_model_that_ranks_shuffled_labels_is_refused(churn_fit_of: Fit, auc: float, passed: bool) -> None:
    """Within four standard errors of chance it is chance; beyond, something of the outcome is among the inputs."""
    fitted = churn_fit_of()
    leaks = Leaks("orders", 0.8, permuted_auc=auc, permuted_error=0.02)
    found = dataclasses.replace(fitted, evaluation=dataclasses.replace(fitted.evaluation, leaks=leaks))
    assert answers(found)["shuffled labels teach nothing"] is passed


def test_nothing_is_judged_on_a_handful_of_customers(churn_fit_of: Fit) -> None:
    """Resampling one customer gives intervals of no width: every difference would look certain."""
    fitted = churn_fit_of()
    same = tuple(
        dataclasses.replace(fold, customers=np.array([str(i % 19) for i in range(len(fold.customers))]))
        for fold in fitted.evaluation.folds
    )
    few = dataclasses.replace(fitted, evaluation=dataclasses.replace(fitted.evaluation, folds=same))
    assert answers(few)["enough customers to judge on"] is False


def test_totals_and_quantiles_of_the_next_purchase_are_checked(booster_text: str, tmp_path: Path) -> None:
    found = answers(next_purchase_fit(tmp_path, booster_text))
    assert found["shopping days add up"]
    assert found["spend add up"]
    assert found["quantiles of spend are honest"]
    assert found["beats past pace"]


@pytest.mark.parametrize(
    ("metric", "head"),
    [
        ("spend_deviance", "expected_spend"),
        ("spend_spearman", "expected_spend"),
        ("spend_median_mae", "spend_quantiles"),
        ("spend_mae", None),
        ("days_mae", None),
    ],
)
def test_spend_is_lost_by_rules_for_a_mean_and_for_a_median_not_by_the_absolute_error_of_a_mean(
    booster_text: str, tmp_path: Path, metric: str, head: str | None
) -> None:
    fitted = next_purchase_fit(tmp_path, booster_text)
    worse = Interval(-0.5, -0.6, -0.4) if metric == "spend_spearman" else Interval(0.5, 0.4, 0.6)
    differences = {"past_pace": {"days_rmse": Interval(-0.5, -0.6, -0.4), metric: worse}}
    found = dataclasses.replace(fitted.evaluation, differences=differences)
    checks = gate.evidence_checks(found, fitted.model, NEXT_PURCHASE)
    lost = [check.about for check in checks if "not worse than past pace" in check.name and not check.passed]
    assert lost == ([head] if head else [])


def test_the_error_of_a_perfect_model_shrinks_with_the_rows() -> None:
    few, many = (perfect_calibration_error(np.full(rows, 0.3)) for rows in (200, 5000))
    assert 0.05 < few < 0.15
    assert many < 0.03


@pytest.mark.parametrize(("low", "high", "passed"), [(-0.02, -0.01, True), (-0.02, 0.001, False), (0.01, 0.02, False)])
def test_the_champion_must_be_beaten_by_the_whole_interval(low: float, high: float, passed: bool) -> None:
    difference = {"log_loss": Interval((low + high) / 2, low, high)}
    check = gate.against_champion(CHURN, Comparison(3, 100, ("2026-02-02",), {}, {}, difference))
    assert check.passed is passed
    assert check.name == "beats champion v3"
    assert "on 100 rows" in check.found


def test_a_champion_that_cannot_be_compared_is_not_beaten() -> None:
    check = gate.against_champion(CHURN, Comparison(3, 0, (), {"2026-02-02": "seen"}, {}, {}))
    assert not check.passed
    assert check.found == "Log loss could not be compared: no cutoff that neither had seen"


def test_golden_answers_must_agree() -> None:
    assert gate.golden_check(1e-10, 1e-9).passed
    assert not gate.golden_check(float("inf"), 1e-9).passed


def test_a_large_group_that_is_off_fails_and_is_named():
    groups = (Slice("stage", "loyal", 5_000, 0.1, 0.2, 0.1), Slice("stage", "new", 50, 0.3, 0.4, 0.1, allowed=0.2))
    (check,) = gate._sliced(groups)
    assert (check.passed, check.found) == (False, "stage loyal: 0.100 of 0.040")
    assert next(iter(gate._sliced(groups[1:]))).passed


SHARES = np.array([0.2, 0.15, 0.15, 0.09, 0.07, 0.05, 0.03, 0.02, 0.24])  # of the first touch; the last is none


def level_checks(fitted: Fitted, seed: int, rows: int, silent_more: float = 0.0) -> dict[str, bool]:
    """What is asked of shares drawn from their own probabilities; none may come more often than told."""
    chance = np.random.default_rng(seed)
    told = chance.dirichlet(6 * SHARES, rows)
    true = told * ((1 - told[:, -1:] - silent_more) / (1 - told[:, -1:]))
    true[:, -1] = told[:, -1] + silent_more
    step = (chance.random(rows)[:, None] > true.clip(0).cumsum(axis=1)).sum(axis=1).clip(0, len(SHARES) - 1)
    names = [f"next_step_{place}" for place in range(len(SHARES))]
    one = fitted.evaluation.folds[0]
    fold = dataclasses.replace(
        one, customers=np.arange(rows).astype(str), truth={"next_step": np.eye(len(SHARES))[step]},
        answers=dict(zip(names, told.T, strict=True)), baselines={}, groups={},
    )  # fmt: skip
    evaluation = dataclasses.replace(fitted.evaluation, folds=(fold,))
    found = gate.evidence_checks(evaluation, fitted.model, CHURN)
    return {check.about: check.passed for check in found if check.name.startswith("share of")}


@pytest.mark.parametrize("rows", [500, 1_000, 4_000])
def test_shares_of_a_perfect_model_seldom_fail_together(churn_fit_of: Fit, rows: int) -> None:
    fitted = churn_fit_of()
    alarms = [not all(level_checks(fitted, seed, rows).values()) for seed in range(120)]
    assert np.mean(alarms) <= 0.09  # five in a hundred, and what so many trials may show


@pytest.mark.parametrize(("rows", "more"), [(1_000, 0.055), (4_000, 0.035)])
def test_a_share_that_is_told_wrong_fails_nine_times_in_ten(churn_fit_of: Fit, rows: int, more: float) -> None:
    fitted = churn_fit_of()
    found = [level_checks(fitted, seed, rows, more) for seed in range(40)]
    assert all(set(one) == {f"next_step_{place}" for place in range(len(SHARES))} for one in found)
    assert np.mean([not one[f"next_step_{len(SHARES) - 1}"] for one in found]) >= 0.9
