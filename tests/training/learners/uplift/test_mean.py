import numpy as np
import pytest

from training.learners.uplift.mean import mean_and_error, mean_effects


def test_rows_of_one_customer_are_no_independent_evidence():
    rng = np.random.default_rng(0)
    own = rng.normal(size=200)
    alone = mean_and_error(own, np.arange(200).astype(str))
    thrice = mean_and_error(np.repeat(own, 3), np.repeat(np.arange(200), 3).astype(str))
    assert thrice == pytest.approx(alone)
    assert alone[1] == pytest.approx(own.std(ddof=1) / np.sqrt(200))


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        (one,) = mean_effects(rng.normal(0.2, 1.0, (150, 1)), np.arange(150).astype(str))
        held += one.low < 0.2 < one.high
    assert 0.92 <= held / 400 <= 0.98


def test_noise_is_shrunk_to_nothing_and_an_effect_is_kept():
    rng, groups = np.random.default_rng(2), np.arange(500).astype(str)
    quiet = [mean_effects(rng.normal(0, 1, (500, 3)), groups) for _ in range(40)]
    kept = [abs(one.shrunk) / abs(one.measured) for told in quiet for one in told]
    assert np.mean(kept) < 0.4
    loud = mean_effects(rng.normal(0.5, 1, (500, 3)), groups)
    assert all(one.shrunk / one.measured > 0.95 and one.pvalue < 1e-6 for one in loud)


def test_one_customer_tells_nothing():
    assert mean_and_error(np.ones(3), np.array(["a", "a", "a"])) == (1.0, float("inf"))
