from dataclasses import replace

import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.learners.uplift.learners import LEARNERS, learn


@pytest.mark.parametrize("kind", ["dr", "x", "t"])
@pytest.mark.parametrize("arms", [2, 3])
def test_a_learner_finds_whom_an_arm_helps(kind, arms):
    trial, _ = made(3_000, "differs", seed=1, arms=arms, noise=1.0)
    other, truth = made(1_000, "differs", seed=2, arms=arms)
    told = learn(kind, trial, 1).effects(other.inputs)
    assert told.shape == truth.shape
    for arm in range(arms - 1):
        assert np.mean((told[:, arm] > 0) == (truth[:, arm] > 0)) > 0.85
        assert np.corrcoef(told[:, arm], truth[:, arm])[0, 1] > 0.7


@pytest.mark.parametrize("kind", LEARNERS)
def test_an_unequal_deal_moves_no_effect(kind):
    trial, _ = made(4_000, "mean", seed=3)
    kept = (trial.action == 0) | (np.arange(len(trial)) % 4 == 0)
    rare = trial.take(kept)
    rare.propensity[:] = [0.8, 0.2]
    assert learn(kind, rare, 1).effects(rare.inputs).mean() == pytest.approx(1.0, abs=0.35)


def test_a_share_of_the_level_is_told_from_few_rows():
    """An action that makes everybody spend a fifth more: those who spend most gain most."""
    trial, _ = made(600, "none", seed=5, noise=1.0)
    level = 10.0 + 8.0 * (trial.inputs[:, 0] > 0)
    outcome = level * (1 + 0.2 * (trial.action == 1)) + np.random.default_rng(5).normal(0, 2.0, len(trial))
    told = learn("level", replace(trial, outcome=outcome), 1).effects(trial.inputs)[:, 0]
    assert told.mean() == pytest.approx(0.2 * level.mean(), rel=0.3)
    assert told[level > 10].mean() / told[level == 10].mean() == pytest.approx(1.8, abs=0.15)


def test_without_a_level_all_are_told_the_same():
    trial, _ = made(600, "mean", seed=5)
    assert np.ptp(learn("level", trial, 1).effects(trial.inputs)) == 0
