import numpy as np
import pytest
from scipy.special import expit

from training.learners.calibration import Affine, calibrated


def test_a_known_distortion_of_probabilities_is_undone():
    rng = np.random.default_rng(0)
    true = rng.normal(-1, 1.2, 60_000)
    truth = (rng.random(60_000) < expit(true)).astype(float)
    found = calibrated(truth, (true - 0.6) / 1.3, "logit")
    assert (found.intercept, found.slope) == pytest.approx((0.6, 1.3), abs=0.04)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_known_distortion_of_amounts_is_undone_in_any_currency(scale):
    rng = np.random.default_rng(1)
    true = rng.normal(0.5, 0.8, 60_000)
    truth = scale * rng.gamma(2, 0.5 * np.exp(true))
    found = calibrated(truth, (true - 0.4) / 0.9 + np.log(scale), "log")
    assert found.slope == pytest.approx(0.9, abs=0.03)
    total = np.exp(found.intercept + found.slope * ((true - 0.4) / 0.9 + np.log(scale))).sum()
    assert total == pytest.approx(truth.sum(), rel=0.01)


def test_few_rows_change_little_and_none_change_nothing():
    assert calibrated(np.array([]), np.array([]), "logit") == Affine()
    assert calibrated(np.zeros(5), np.zeros(5), "log") == Affine()
    few = calibrated(np.array([1.0, 0.0, 1.0]), np.array([-2.0, 2.0, -1.0]), "logit")
    assert few.slope > 0.5


def test_the_order_of_customers_is_never_turned_round():
    rng = np.random.default_rng(2)
    score = rng.normal(size=5000)
    truth = (rng.random(5000) < expit(-2 * score)).astype(float)
    assert calibrated(truth, score, "logit").slope > 0


def test_one_period_s_shift_is_believed_in_part_and_that_of_many_nearly_whole():
    rng = np.random.default_rng(3)
    score = rng.normal(-1, 1, 40_000)
    truth = (rng.random(40_000) < expit(score + 0.4)).astype(float)
    once = calibrated(truth, score, "logit", periods=np.zeros(40_000, dtype=int))
    often = calibrated(truth, score, "logit", periods=np.arange(40_000) % 20)
    alike = calibrated(truth, score, "logit")
    assert 0.15 < once.intercept < 0.35 < often.intercept < alike.intercept + 0.02
    assert alike.intercept == pytest.approx(0.4, abs=0.03)
