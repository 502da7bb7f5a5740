import numpy as np
import pytest

from training.evaluation.bootstrap import interval


def test_the_interval_of_a_mean_is_the_textbooks():
    values = np.random.default_rng(0).normal(5, 2, 900)
    found = interval(lambda rows: float(values[rows].mean()), [str(i) for i in range(900)], draws=2000)
    assert found.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / 30
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.012)


def test_copies_of_a_customers_row_do_not_narrow_the_interval():
    values = np.random.default_rng(0).normal(size=200)
    customers = [str(i) for i in range(200)]
    once = interval(lambda rows: float(values[rows].mean()), customers)
    four_times = np.tile(values, 4)
    copied = interval(lambda rows: float(four_times[rows].mean()), customers * 4)
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.1)
