import numpy as np
import pytest

from benchmarks.pareto_nbd import expected_orders, fit, log_likelihood, probability_alive, probability_of_no_order
from scoring.derived.derived import OrderHistory

TRUE = {"r": 0.7, "alpha": 6.0, "s": 0.6, "beta": 9.0}


@pytest.fixture(scope="module")
def world():
    """Customers by the model's own story, what followed in 13 weeks, and who was still there; no formula used."""
    rng = np.random.default_rng(2)
    customers, age, ahead = 20_000, 50.0, 13.0
    rate = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], customers)
    ends = rng.exponential(1 / rng.gamma(TRUE["s"], 1 / TRUE["beta"], customers))
    repeats, last, after = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        count = rng.poisson(rate[i] * min(ends[i], age + ahead))
        moments = np.sort(rng.uniform(0, min(ends[i], age + ahead), count))
        seen = moments[moments <= age]
        repeats[i], after[i] = len(seen), count - len(seen)
        last[i] = seen[-1] if len(seen) else 0.0
    return OrderHistory(repeats, last, np.full(customers, age)), after, ends > age


def test_expectations_agree_with_what_followed(world):
    history, after, there = world
    alive = probability_alive(history, **TRUE)
    expected = expected_orders(history, 13, **TRUE)
    silent = probability_of_no_order(history, 13, **TRUE)
    assert alive.mean() == pytest.approx(there.mean(), abs=0.01)
    assert expected.sum() == pytest.approx(after.sum(), rel=0.03)
    for part in np.array_split(np.argsort(expected), 4):
        assert alive[part].mean() == pytest.approx(there[part].mean(), abs=0.02)
        assert silent[part].mean() == pytest.approx((after[part] == 0).mean(), abs=0.02)


def test_parameters_are_as_likely_as_the_true_ones(world):
    history = world[0]
    fitted = fit(history)
    assert log_likelihood(history, **fitted).sum() >= log_likelihood(history, **TRUE).sum() - 0.5
    assert fitted["r"] / fitted["alpha"] == pytest.approx(TRUE["r"] / TRUE["alpha"], rel=0.1)


def test_formulas_stay_finite_for_very_frequent_customers():
    history = OrderHistory(np.array([0.0, 30.0, 900.0]), np.array([0.0, 29.0, 99.99]), np.array([100.0, 30.0, 100.0]))
    for swapped in (TRUE, {**TRUE, "alpha": 9.0, "beta": 6.0}):
        assert np.isfinite(log_likelihood(history, **swapped)).all()
        assert expected_orders(history, 4, **swapped)[2] == pytest.approx(36, rel=0.2)
