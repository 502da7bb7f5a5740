import numpy as np
import pytest

from training.evaluation.choices.qini import POINTS, gain_curve

RNG = np.random.default_rng(0)
GROUPS = np.arange(2_000).astype(str)


def scores(truth):
    """Doubly robust scores of known effects: exact ones with noise, (n, k)."""
    control = RNG.normal(0, 1, len(truth))
    return np.column_stack([control, *(control + column + RNG.normal(0, 0.5, len(truth)) for column in truth.T)])


def test_a_perfect_order_gains_first_and_a_wrong_one_last():
    truth = RNG.normal(0, 1, (2_000, 1))
    made = scores(truth)
    right = gain_curve(made, np.zeros(2), truth, GROUPS)
    wrong = gain_curve(made, np.zeros(2), -truth, GROUPS)
    assert right.gain[POINTS // 2] == pytest.approx(np.maximum(truth, 0).mean(), abs=0.05)
    assert right.qini.low > 0 > wrong.qini.high
    assert right.gain[-1] == pytest.approx(wrong.gain[-1]) == pytest.approx((made[:, 1] - made[:, 0]).mean())


def test_an_order_by_chance_has_no_area():
    truth = np.full((2_000, 1), 0.5)
    found = gain_curve(scores(truth), np.zeros(2), RNG.normal(size=(2_000, 1)), GROUPS)
    assert found.qini.low < 0 < found.qini.high
    assert found.low[10] < found.gain[10] < found.high[10]


def test_of_several_arms_each_row_is_given_its_best():
    truth = np.column_stack([np.where(np.arange(2_000) % 2, 1.0, -1.0), np.where(np.arange(2_000) % 2, -1.0, 1.0)])
    found = gain_curve(scores(truth), np.array([0.0, 0.1, 0.3]), truth, GROUPS)
    assert found.gain[-1] == pytest.approx(1.0 - 0.2, abs=0.05)


def test_rows_told_alike_have_no_order():
    truth = np.zeros((2_000, 1))
    made = scores(truth)
    made[:1_000, 1] += 5.0
    flat = gain_curve(made, np.zeros(2), truth, GROUPS)
    assert flat.gain == pytest.approx(np.linspace(0, flat.gain[-1], POINTS + 1))
