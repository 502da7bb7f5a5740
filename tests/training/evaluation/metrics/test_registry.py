from collections import Counter

import numpy as np
import pytest

from training.evaluation.figures import differences, figures, summary
from training.evaluation.folds import Fold
from training.evaluation.metrics.amounts import amounts
from training.evaluation.metrics.functions import MetricError
from training.evaluation.metrics.metric import HIGHER, LOWER, NEAR
from training.evaluation.metrics.registry import BUILT_IN, METRICS, binary

RNG = np.random.default_rng(3)
P = RNG.random(400)
HAPPENED = (RNG.random(400) < P).astype(float)


def test_a_name_belongs_to_one_metric_with_a_title_and_a_direction():
    assert max(Counter(metric.name for metric in BUILT_IN).values()) == 1
    assert max(Counter(metric.title for metric in METRICS.values()).values()) == 1
    assert all(metric.better in (HIGHER, LOWER, NEAR) for metric in METRICS.values())


def test_a_question_of_another_name_is_judged_like_churn():
    churn = figures({"churn": HAPPENED}, {"churn_probability": P})
    own = figures({"skincare": HAPPENED}, {"skincare_probability": P}, binary("skincare", "skincare_probability"))
    assert own == churn
    assert set(own) == {"auc", "average_precision", "brier", "log_loss", "calibration_error", "lift_at_10"}


def test_metrics_of_one_question_do_not_judge_another():
    assert figures({"skincare": HAPPENED}, {"skincare_probability": P}) == {}
    assert figures({"churn": HAPPENED}, {"expected_spend": P}) == {}


def test_an_amount_of_a_question_of_its_own_by_hand():
    found = figures(
        {"units": np.array([0.0, 4.0])}, {"units_expected": np.array([2.0, 4.0])}, amounts("units", "units_expected")
    )
    assert found == {"rmse": pytest.approx(2**0.5), "mae": 1.0, "spearman": pytest.approx(1.0), "totals_ratio": 1.5}


def test_what_is_not_defined_on_some_rows_is_left_out_and_not_compared():
    silent = np.zeros(400)
    folds = [_fold(HAPPENED), _fold(silent)]
    with pytest.raises(MetricError):
        METRICS["auc"].function({"churn": silent}, {"churn_probability": P})
    assert "auc" not in summary(folds, lambda fold: fold.answers)
    gaps = differences(folds)["half"]
    assert "auc" not in gaps
    assert {"brier", "log_loss"} <= set(gaps)


def _fold(truth):
    answers, half = {"churn_probability": P}, {"churn_probability": np.full(400, 0.5)}
    customers = np.arange(400).astype(str)
    return Fold("2026-01-01", "", customers, {"churn": truth}, answers, {"half": half}, {})
