import math

import numpy as np
import pytest

from insights.experiments.sequence import dearer, radius, scale


def test_it_is_the_formula_of_the_paper():
    t, sigma, rho, alpha = 400, 2.5, 0.08, 0.05
    wide = math.sqrt(2 * (t * rho**2 + 1) / (t**2 * rho**2) * math.log(math.sqrt(t * rho**2 + 1) / alpha))
    assert radius(t, sigma / math.sqrt(t), sigma**2 / rho**2, alpha) == pytest.approx(sigma * wide)


def test_no_scale_makes_it_much_tighter_where_it_was_tuned():
    n, error = 1_000, 0.3
    tuned = scale(n, error, 0.05)
    best = min(radius(n, error, tuned * 2.0**k, 0.05) for k in range(-8, 9))
    assert radius(n, error, tuned, 0.05) <= 1.01 * best


def test_means_looked_at_after_every_unit_leave_out_the_truth_in_few_of_many_runs():
    rng, steps, alpha = np.random.default_rng(0), 400, 0.05
    kappa, missed, fixed = scale(steps, 1 / math.sqrt(steps), alpha), 0, 0
    for _ in range(600):
        seen = rng.standard_normal(steps).cumsum()
        wide = np.array([radius(n, 1 / math.sqrt(n), kappa, alpha) * n for n in range(1, steps + 1)])
        missed += bool(np.any(np.abs(seen) > wide))
        fixed += bool(np.any(np.abs(seen) > 1.96 * np.sqrt(np.arange(1, steps + 1))))
    assert missed / 600 <= alpha
    assert fixed / 600 > 0.3


def test_nothing_is_known_without_units_or_noise():
    assert radius(0, 1.0, 1.0, 0.05) == math.inf
    assert radius(10, math.nan, 1.0, 0.05) == math.inf
    assert radius(10, 0.0, 1.0, 0.05) == math.inf


def test_looking_at_any_time_costs_half_the_width_again():
    assert 2.8 < dearer(0.05) < 3.2
