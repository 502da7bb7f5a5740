import numpy as np
import pytest

from scoring.derived.derived import (
    OrderHistory,
    expected_orders,
    expected_value,
    probability_alive,
    probability_of_no_order,
)
from training.data.btyd_fit import FitError, fit_purchases, fit_values, purchase_log_likelihood

TRUE = {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 2.5}


def simulated(customers, weeks_before, weeks_after, seed):
    """Histories by the modified model's own story, and how many shopping days followed; no formula used."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], customers)
    leaving = rng.beta(TRUE["a"], TRUE["b"], customers)
    age = rng.uniform(weeks_before / 2, weeks_before, customers)
    repeats, last, after = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        moment = 0.0
        while rng.random() >= leaving[i]:
            moment += rng.exponential(1 / rate[i])
            if moment > age[i] + weeks_after:
                break
            if moment > age[i]:
                after[i] += 1
            else:
                repeats[i] += 1
                last[i] = moment
    return OrderHistory(repeats, last, age), after


@pytest.fixture(scope="module")
def world():
    return simulated(20_000, 60, 13, seed=4)


def test_parameters_are_recovered_from_simulated_customers(world):
    fitted = fit_purchases(world[0])
    for name, value in TRUE.items():
        assert fitted[name] == pytest.approx(value, rel=0.15)


def test_expectations_agree_with_what_followed(world):
    history, after = world
    expected = expected_orders(history, 13, **TRUE)
    silent = probability_of_no_order(history, 13, **TRUE)
    assert expected.sum() == pytest.approx(after.sum(), rel=0.03)
    assert silent.mean() == pytest.approx((after == 0).mean(), abs=0.01)
    for part in np.array_split(np.argsort(expected), 5):
        assert expected[part].mean() == pytest.approx(after[part].mean(), rel=0.1, abs=0.02)
        assert silent[part].mean() == pytest.approx((after[part] == 0).mean(), abs=0.025)


def test_the_published_example_of_bg_nbd():
    """Fader, Hardie & Lee (2005), customer 1 of CDNOW: 1.226 orders expected in the next 39 weeks."""
    customer = OrderHistory(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    # Ours is the modified model: what it expects of whoever is alive, with b one less, is the published factor.
    alive = expected_orders(customer, 39, r, alpha, a, b - 1) / probability_alive(customer, r, alpha, a, b - 1)
    odds_of_leaving = a / (b + 2 - 1) * ((alpha + 38.86) / (alpha + 30.43)) ** (r + 2)
    assert alive[0] / (1 + odds_of_leaving) == pytest.approx(1.226, abs=0.001)


def test_the_likelihood_adds_up_to_one_over_all_histories():
    """One week, at most a few orders: the densities of (x, t_x) integrate to 1."""
    age, grid = 1.0, (np.arange(400) + 0.5) / 400
    total = np.exp(purchase_log_likelihood(OrderHistory(np.zeros(1), np.zeros(1), np.full(1, age)), **TRUE)).sum()
    for x in range(1, 9):
        # given x orders, the density of the last moment carries the volume of the x − 1 others before it
        history = OrderHistory(np.full(400, float(x)), grid, np.full(400, age))
        others = grid ** (x - 1) / float(np.prod(np.arange(1, x)))
        total += (np.exp(purchase_log_likelihood(history, **TRUE)) * others).mean()
    assert total == pytest.approx(1.0, abs=1e-3)


def test_formulas_stay_finite_for_very_frequent_customers():
    history = OrderHistory(
        np.array([0.0, 900.0, 3000.0]), np.array([0.0, 99.0, 100.0]), np.array([100.0, 100.0, 100.0])
    )
    expected = expected_orders(history, 4, **TRUE)
    assert np.isfinite(expected).all()
    assert expected[1] < expected[2] < 3000 / 100 * 4 * 1.1
    assert expected_orders(history, 4, r=0.8, alpha=5.0, a=1.0, b=2.5)[2] == pytest.approx(expected[2], rel=0.05)


def test_silence_lowers_the_probability_to_be_alive_even_of_one_time_buyers():
    weeks = np.array([1.0, 10.0, 50.0, 200.0])
    for repeats in (0.0, 3.0):
        history = OrderHistory(np.full(4, repeats), np.full(4, repeats), weeks + repeats)
        assert (np.diff(probability_alive(history, **TRUE)) < 0).all()


def test_a_shop_without_repeat_customers_has_no_rate():
    once = OrderHistory(np.zeros(5), np.zeros(5), np.arange(5.0))
    with pytest.raises(FitError, match="two shopping days or more"):
        fit_purchases(once)


def test_a_start_where_the_likelihood_is_flat_is_left_again():
    """A young shop sends its fit to where nobody ever leaves; what is learnt later must still be found from there."""
    history, _ = simulated(2_000, 40, 4, seed=2)
    stuck = {"r": 1.0, "alpha": 5.0, "a": 1e-5, "b": 2e3}
    fitted, fresh = fit_purchases(history, start=stuck, with_prior=True), fit_purchases(history)
    assert {name: fitted[name] for name in TRUE} == {name: pytest.approx(fresh[name], rel=0.15) for name in TRUE}


def test_parameters_nobody_tells_stay_ordinary():
    few = OrderHistory(np.array([3.0, 1.0, 0.0]), np.array([6.0, 2.0, 0.0]), np.array([6.5, 3.0, 2.0]))
    assert all(0.01 < value < 200 for value in fit_purchases(few, with_prior=True).values())
    same = fit_values(np.array([2.0, 3.0, 1.0]), np.array([20.0, 20.0, 20.0]), with_prior=True)
    assert same["p"] < 500


def test_gamma_gamma_recovers_its_parameters_and_shrinks_means():
    rng = np.random.default_rng(8)
    p, q, v = 5.0, 4.0, 60.0
    orders = rng.integers(1, 12, 30_000).astype(float)
    mean = rng.gamma(p * orders, 1 / (orders * rng.gamma(q, 1 / v, 30_000)))
    fitted = fit_values(orders, mean)
    assert fitted["p"] == pytest.approx(p, rel=0.1)
    shop = p * v / (q - 1)
    assert fitted["p"] * fitted["v"] / (fitted["q"] - 1) == pytest.approx(shop, rel=0.03)
    expected = expected_value(np.array([1.0, 10.0, 3.0]), np.array([500.0, 500.0, np.nan]), p, q, v)
    assert shop < expected[0] < expected[1] < 500
    assert expected[2] == pytest.approx(shop)
