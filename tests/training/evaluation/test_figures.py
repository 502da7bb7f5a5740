from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from training.evaluation.figures import differences, figures, intervals, slices, summary
from training.evaluation.folds import SLICE_ERROR, Fold
from training.evaluation.metrics import functions as metrics


def fold(seed, rows=300):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 3, rows)
    truth = {"churn": (rng.random(rows) < p).astype(float)}
    noisy = np.clip(p + rng.normal(0, 0.3, rows), 0.01, 0.99)
    answers, baselines = {"churn_probability": p}, {"noisy": {"churn_probability": noisy}}
    customers = np.array([f"c{i}" for i in range(rows)])
    return Fold(f"2026-0{seed + 1}-01", "", customers, truth, answers, baselines, figures(truth, answers))


@pytest.fixture(scope="module")
def folds():
    return [fold(0), fold(1)]


def test_means_over_folds_but_calibration_over_all_rows_together(folds):
    found = summary(folds, lambda one: one.answers)
    assert found["auc"] == pytest.approx(np.mean([one.metrics["auc"] for one in folds]))
    truth = np.concatenate([one.truth["churn"] for one in folds]) > 0
    score = np.concatenate([one.answers["churn_probability"] for one in folds])
    assert found["calibration_error"] == pytest.approx(metrics.expected_calibration_error(truth, score))


def test_the_difference_of_a_better_model_lies_on_one_side_of_zero(folds):
    found = differences(folds)["noisy"]
    assert set(found) == {"auc", "average_precision", "brier", "log_loss"}
    assert found["auc"].low > 0 > found["brier"].high
    own, other = (summary(folds, pick)["auc"] for pick in (lambda one: one.answers, lambda one: one.baselines["noisy"]))
    assert found["auc"].value == pytest.approx(own - other)
    assert found["auc"].low < found["auc"].value < found["auc"].high


def test_pairing_makes_the_difference_of_equal_models_nothing(folds):
    same = [Fold(**{**vars(one), "baselines": {"itself": dict(one.answers)}}) for one in folds]
    for found in differences(same)["itself"].values():
        assert (found.low, found.value, found.high) == (0, 0, 0)


def test_intervals_hold_every_metric(folds):
    found = intervals(folds, lambda one: one.answers, draws=40)
    assert set(found) == set(folds[0].metrics)
    assert all(one.low <= one.high for one in found.values())


def test_a_date_beyond_what_was_watched_is_not_judged():
    truth = {"next_order": np.array([3.0, np.inf, np.inf, 5.0]), "watched": np.full(4, 10.0)}
    answers = {name: np.full(4, 4.0) for name in ("next_order_p10", "next_order_p50")}
    answers["next_order_p90"] = np.array([6.0, 12.0, np.nan, 12.0])
    found = figures(truth, answers)
    assert found["next_order_below_p50"] == pytest.approx(0.25)
    assert found["next_order_below_p90"] == 1.0
    assert found["next_order_unknown_p90"] == pytest.approx(0.25)


def test_contact_is_judged_where_someone_was_contacted():
    truth = {"contact_email": np.array([1.0, 0.0, 0.5, np.nan])}
    answers = {"contact_email": np.array([0.8, 0.2, 0.5, 0.9])}
    found = figures(truth, answers)
    assert found["contact_log_loss"] == pytest.approx(-(np.log(0.8) + np.log(0.8) + np.log(0.5)) / 3)
    assert found["contact_auc"] == 1.0


@pytest.mark.parametrize("rows", [300, 1_200, 6_000])
def test_a_perfect_model_seldom_fails_in_a_group(rows: int) -> None:
    """All groups of a fit together: one false alarm in twenty at most, whatever the groups' size."""
    chance, alarms = np.random.default_rng(rows), []
    group = {name: np.arange(rows) % 4 == 0 for name in ("stage", "tenure")}
    for _ in range(60):
        one = fold(int(chance.integers(1, 99_999)), rows=rows)
        p = chance.beta(2, 2, rows)
        told = {"churn_probability": p}, {"churn": (chance.random(rows) < p).astype(np.float64)}
        perfect = Fold(**{**vars(one), "answers": told[0], "truth": told[1]})
        labels = {name: np.where(values, "few", "many") for name, values in group.items()}
        alarms.append(not all(part.passed for part in slices([perfect], [labels])))
    assert np.mean(alarms) <= 0.1  # five in a hundred, and what sixty trials may show


@pytest.mark.parametrize(("rows", "off"), [(500, 0.1), (2_000, 0.055)])
def test_a_group_that_is_told_wrong_fails_nine_times_in_ten(rows: int, off: float) -> None:
    """One group of several: its outcome is as many points likelier than it is told."""
    chance, found = np.random.default_rng(rows), []
    stage = np.repeat(["told wrong", "told right"], [rows, 1_500])
    for number in range(30):
        p = chance.beta(1, 2, len(stage))
        truth = (chance.random(len(stage)) < np.clip(p + off * (stage == "told wrong"), 0, 1)).astype(np.float64)
        told = fold(number, rows=len(stage))
        one = Fold(**{**vars(told), "answers": {"churn_probability": p}, "truth": {"churn": truth}})
        found.append({part.value: part.passed for part in slices([one], [{"stage": stage}])})
    assert np.mean([not one["told wrong"] for one in found]) >= 0.9
    assert np.mean([one["told right"] for one in found]) >= 0.9


def test_a_large_group_is_allowed_no_more_than_is_useful_where_chance_is_smaller() -> None:
    large = fold(3, rows=20_000)
    assert slices([large], [{"stage": np.full(20_000, "one")}])[0].allowed == SLICE_ERROR


def test_the_same_rows_twice_as_two_folds_give_intervals_as_wide_as_once(folds):
    """Customers are drawn, not rows or (customer, fold) pairs: a copy of a fold tells nothing new."""
    again = [folds[0], Fold(**{**vars(folds[0]), "cutoff": "2026-05-01"})]
    once, twice = (differences(some)["noisy"]["log_loss"] for some in ([folds[0]], again))
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.1)
    alone, doubled = (intervals(some, lambda one: one.answers, draws=200)["brier"] for some in ([folds[0]], again))
    assert doubled.high - doubled.low == pytest.approx(alone.high - alone.low, rel=0.1)


def test_baselines_that_were_drawn_before_give_the_same_differences(folds):
    known = {}
    differences(folds, known=known)
    other = [replace(one, answers=one.baselines["noisy"]) for one in folds]
    beside_itself = differences(other, known=known)["noisy"]
    assert {(found.low, found.value, found.high) for found in beside_itself.values()} == {(0, 0, 0)}
    assert differences(folds, known=known) == differences(folds)


def test_ranks_are_those_of_scipy(folds):
    for values in (folds[0].truth["churn"], folds[0].answers["churn_probability"], np.array([]), np.array([1, np.nan])):
        np.testing.assert_array_equal(metrics.mean_ranks(values), rankdata(values))
