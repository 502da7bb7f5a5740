import numpy as np
import pytest
from scipy.special import expit

from training.calibration import Affine, calibrated


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
