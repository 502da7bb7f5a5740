"""What scores promise of themselves is what comes, while features and outcomes hang together as they did."""

import numpy as np
import pytest
from scipy.special import expit

from operations.monitor.expected import expected_figures
from training.evaluation.figures import figures
from training.evaluation.metrics.registry import CHURN


def promised(probability):
    return expected_figures(probability, "churn", "churn_probability", CHURN)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("middle", "spread"), [(-1.0, 1.0), (0.5, 2.0), (-2.0, 0.7)])
def test_discrimination_and_calibration_come_as_expected_whoever_is_asked(middle, spread, seed):
    """The customers may be others than in training: the relation of score and outcome is what has to stay."""
    chance = np.random.default_rng(seed)
    probability = expit(chance.normal(middle, spread, 20_000))
    came = {"churn": (chance.random(20_000) < probability).astype(float)}
    seen = figures(came, {"churn_probability": probability}, CHURN)
    expected = promised(probability)
    for name in ("auc", "brier", "calibration_error", "log_loss"):
        assert expected[name].value == pytest.approx(seen[name], abs=0.02), name


def test_it_is_not_what_comes_once_the_relation_has_changed():
    chance = np.random.default_rng(1)
    score = chance.normal(0, 1.5, 20_000)
    came = {"churn": (chance.random(20_000) < expit(0.3 * score)).astype(float)}
    seen = figures(came, {"churn_probability": expit(score)}, CHURN)
    assert promised(expit(score))["auc"].value > seen["auc"] + 0.1


def test_the_band_says_how_far_chance_takes_it():
    few, many = (promised(np.linspace(0.05, 0.95, n))["auc"] for n in (200, 5_000))
    assert few.high - few.low > 3 * (many.high - many.low)
    assert many.low < many.value < many.high
