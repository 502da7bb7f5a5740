"""An expected amount is judged by rules that the mean has the best of, a median by its absolute error."""

import numpy as np

from training.evaluation.figures import differences
from training.evaluation.folds import Fold
from training.evaluation.metrics.amounts import amounts, mean_deviance, median_error
from training.evaluation.metrics.measures import is_better, is_worse

DEVIANCE = mean_deviance("spend", "expected_spend", name="spend", title="Spend", power=1.3)
MEDIAN = median_error("spend", "expected_spend", name="spend", title="Spend")
MEANS = amounts("spend", "expected_spend", name="spend_", title="Spend")


def _gaps():
    """Customers whose true mean is known, beside the same told a fifth too low."""
    chance = np.random.default_rng(1)
    mean = chance.gamma(2.0, 50.0, 3_000)
    spend = mean * chance.lognormal(-0.32, 0.8, 3_000)  # its mean is 1, its median exp(-.32)
    answers = {"expected_spend": mean, **{f"spend_p{level}": mean * np.exp(-0.32) for level in (10, 50, 90)}}
    customers = np.arange(3_000).astype(str)
    low = {"expected_spend": 0.8 * mean}
    fold = Fold("2026-01-01", "", customers, {"spend": spend}, answers, {"low": low}, {})
    return differences([fold], (*MEANS, DEVIANCE, MEDIAN))["low"]


def test_a_right_mean_loses_absolute_error_to_one_that_is_too_low_and_is_not_blamed():
    gaps = _gaps()
    mae = next(one for one in MEANS if one.name == "spend_mae")
    assert is_worse(gaps["spend_mae"], mae.better)
    assert not mae.decides
    assert is_better(gaps["spend_deviance"], DEVIANCE.better)
    assert DEVIANCE.decides


def test_a_median_is_held_against_the_one_number_that_the_other_gives():
    assert is_better(_gaps()["spend_median_mae"], MEDIAN.better)
    assert MEDIAN.decides


def test_all_other_metrics_of_an_amount_decide():
    assert {one.name for one in MEANS if not one.decides} == {"spend_mae"}
