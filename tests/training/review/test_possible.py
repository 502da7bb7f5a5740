"""Synthetic customers do not contradict themselves."""

import numpy as np

from training.review.possible import possible

WINDOWED = ["orders_30d", "orders_90d", "orders", "shopping_days_90d", "spend_30d", "spend_90d"]
NAMES = ["days_since_order", *WINDOWED, "gap_mean"]


def drawn(rows: int = 500) -> np.ndarray:
    chance = np.random.default_rng(7)
    matrix = np.round(chance.random((rows, len(NAMES))) * 100)
    matrix[chance.random(matrix.shape) < 0.1] = np.nan
    return matrix


def test_a_longer_window_holds_what_a_shorter_one_holds():
    made = dict(zip(NAMES, possible(drawn(), NAMES).T, strict=True))
    for shorter, longer in (("orders_30d", "orders_90d"), ("orders_90d", "orders"), ("spend_30d", "spend_90d")):
        assert not (made[shorter] > made[longer]).any()


def test_silence_and_orders_agree():
    made = dict(zip(NAMES, possible(drawn(), NAMES).T, strict=True))
    silent = made["days_since_order"]
    assert not (made["orders_30d"][silent >= 30] > 0).any() and not (made["spend_90d"][silent >= 90] > 0).any()
    assert not (made["orders_30d"][silent < 30] < 1).any()
    assert not (made["shopping_days_90d"] > made["orders_90d"]).any()


def test_what_is_missing_stays_missing_and_means_stay_as_drawn():
    before = drawn()
    after = possible(before, NAMES)
    assert (np.isnan(before) == np.isnan(after)).all()
    np.testing.assert_array_equal(before[:, -1], after[:, -1])
