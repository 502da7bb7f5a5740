import numpy as np
import pytest

from scoring.forecast import days_until_order, probability_by_day, spend_quantiles
from scoring.release import Spread


def test_spend_is_nothing_for_the_silent_and_a_scaled_draw_for_the_others():
    spread = Spread("order_probability", (), (0.0, 0.5, 1.0), ((0.0, 1.0, 2.0),))
    answers = {"order_probability": np.array([0.3, 0.8]), "expected_spend": np.array([30.0, 80.0])}
    found = spend_quantiles(answers, spread, [0.1, 0.5, 0.9])
    # both spend 100 if they order; u = (level − P(silent)) ÷ P(order), twice u × 100
    assert found[0] == pytest.approx([0, 0, 2 * (0.2 / 0.3) * 100])
    assert found[1] == pytest.approx([0, 2 * (0.3 / 0.8) * 100, 2 * (0.7 / 0.8) * 100])


def test_groups_take_their_own_distribution():
    spread = Spread("order_probability", (0.5,), (0.0, 1.0), ((1.0, 1.0), (3.0, 3.0)))
    answers = {"order_probability": np.array([0.4, 0.5]), "expected_spend": np.array([4.0, 5.0])}
    assert spend_quantiles(answers, spread, [0.95]).ravel() == pytest.approx([10.0, 30.0])


def _daily(chance, horizon=10):
    """Whoever orders does so with the same chance every day, for two horizons."""
    by_day = 1 - (1 - chance) ** np.arange(1, 2 * horizon + 1)
    within = by_day[horizon - 1]
    values = tuple((by_day / within).tolist())
    spread = Spread("order_probability", (), tuple(range(1, 2 * horizon + 1)), (values,))
    return spread, {"order_probability": np.array([within])}, by_day


def test_the_curve_passes_through_the_order_probability_at_the_horizon():
    spread, answers, by_day = _daily(0.1)
    np.testing.assert_allclose(probability_by_day(answers, spread)[0], by_day)


@pytest.mark.parametrize("chance", [0.02, 0.1, 0.4])
def test_day_quantiles_are_honest_or_null(chance):
    """Drawn from the forecast's own law, about 10, 50 and 90 % of outcomes lie below, ties split by a coin."""
    spread, answers, by_day = _daily(chance)
    quantiles = days_until_order(answers, spread, [0.1, 0.5, 0.9])[0]
    rng = np.random.default_rng(0)
    drawn = rng.geometric(chance, 40_000) - 1
    for level, quantile in zip((0.1, 0.5, 0.9), quantiles, strict=True):
        if np.isnan(quantile):
            assert by_day[-1] < level
            continue
        below = (drawn < quantile).mean() + (drawn == quantile).mean() / 2
        assert below == pytest.approx(level, abs=chance / 2 + 0.02)
