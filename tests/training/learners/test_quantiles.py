import numpy as np
import pytest

from scoring.forecast import days_until_order, probability_by_day, spend_quantiles
from training.evaluation.metrics.functions import coverage
from training.learners.quantiles import order_spread, spend_spread

HORIZON = 14
N = 6_000


@pytest.fixture(scope="module")
def world():
    """Customers with a chance a day known to the forecaster, half of them watched for one horizon only."""
    rng = np.random.default_rng(0)
    chance = rng.beta(1, 12, N)
    came = rng.geometric(chance).astype(float) - 1
    days = rng.binomial(HORIZON, chance) * (came < HORIZON)
    days = np.where(came < HORIZON, np.maximum(days, 1), 0)
    value = rng.gamma(3, 10, N)
    answers = {
        "order_probability": 1 - (1 - chance) ** HORIZON,
        "expected_shopping_days": chance * HORIZON,
        "expected_spend": (1 - (1 - chance) ** HORIZON) * value,
    }
    watched = np.where(np.arange(N) % 2, 2.0 * HORIZON, HORIZON)
    labels = {
        "days": days.astype(float),
        "spend": np.where(days > 0, value * rng.gamma(2, 0.5, N), 0.0),
        "next_order": np.where(came < watched, came, np.inf),
        "watched": watched,
    }
    return answers, labels, came


def test_the_curve_is_the_true_law_beyond_the_horizon_too(world):
    answers, labels, came = world
    curve = probability_by_day(answers, order_spread(answers, labels, HORIZON))
    for day in (0, 6, HORIZON - 1, 20, 2 * HORIZON - 1):
        assert curve[:, day].mean() == pytest.approx((came <= day).mean(), abs=0.02)


def test_date_quantiles_cover_what_they_say(world):
    answers, labels, came = world
    found = days_until_order(answers, order_spread(answers, labels, HORIZON), [0.1, 0.5, 0.9])
    for level, quantile in zip((0.1, 0.5, 0.9), found.T, strict=True):
        assert coverage(came, quantile) == pytest.approx(level, abs=0.04)
    assert np.isnan(found[:, 2]).any()


def test_spend_quantiles_cover_what_they_say_where_customers_order(world):
    answers, labels, _ = world
    likely = answers["order_probability"] > 0.9
    found = spend_quantiles(answers, spend_spread(answers, labels), [0.2, 0.5, 0.9])
    for level, quantile in zip((0.2, 0.5, 0.9), found.T, strict=True):
        assert coverage(labels["spend"][likely], quantile[likely]) == pytest.approx(level, abs=0.04)


def test_a_handful_of_customers_still_gives_a_law(world):
    answers = world[0]
    few = {name: values[:5] for name, values in answers.items()}
    silent = {"days": np.zeros(5), "spend": np.zeros(5)}
    silent |= {"next_order": np.full(5, np.inf), "watched": np.full(5, float(HORIZON))}
    curve = probability_by_day(few, order_spread(few, silent, HORIZON))
    assert np.isfinite(curve).all()
    np.testing.assert_allclose(curve[:, HORIZON - 1], few["order_probability"])
    assert np.isfinite(spend_quantiles(few, spend_spread(few, silent), [0.5])).all()
