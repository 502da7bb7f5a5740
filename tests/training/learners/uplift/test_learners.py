import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.learners.uplift.learners import LEARNERS


@pytest.mark.parametrize("kind", LEARNERS)
@pytest.mark.parametrize("arms", [2, 3])
def test_a_learner_finds_whom_an_arm_helps(kind, arms):
    trial, _ = made(3_000, "differs", seed=1, arms=arms, noise=1.0)
    other, truth = made(1_000, "differs", seed=2, arms=arms)
    told = LEARNERS[kind](trial, 1).effects(other.inputs)
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
    assert LEARNERS[kind](rare, 1).effects(rare.inputs).mean() == pytest.approx(1.0, abs=0.35)
