"""Money told by orders: less noise where an action changes how many there are, and money where it changes the price."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.learners.uplift.mean import mean_and_error
from training.learners.uplift.steadied import steadied


def shop(more, price, n=4_000, seed=1):
    """A trial of orders at 10 to 70 each; the action changes how many there are, and what one brings."""
    rng, (trial, _) = np.random.default_rng(seed), made(n, "none", seed=seed)
    usual = 10.0 + 60.0 * (trial.inputs[:, 0] > 0)
    orders = rng.poisson(1 + more * (trial.action == 1)).astype(float)
    money = rng.gamma(np.maximum(orders, 1e-9), 1.0) * usual * (orders > 0) * (1 + price * (trial.action == 1))
    return replace(trial, outcome=money), orders


def change(trial):
    gains = np.where(trial.action == 1, 2.0, -2.0) * (trial.outcome - trial.outcome.mean())
    return mean_and_error(gains, trial.groups)


def test_more_orders_are_told_with_less_noise_and_as_much_money():
    trial, orders = shop(more=0.2, price=0.0)
    (money, error), (told, less) = change(trial), change(steadied(trial, orders, 1))
    assert less < 0.85 * error
    assert told == pytest.approx(0.2 * 40, abs=3 * less) and abs(told - money) < 2 * error


def test_a_lower_price_is_seen():
    """As many orders at half of what they bring: not to be taken for no effect."""
    trial, orders = shop(more=0.0, price=-0.5)
    told, _ = change(steadied(trial, orders, 1))
    assert told == pytest.approx(-0.5 * 40, rel=0.15)


def test_without_orders_money_stays():
    trial, orders = shop(more=0.0, price=0.0, n=400)
    assert steadied(trial, 0 * orders, 1) is trial
