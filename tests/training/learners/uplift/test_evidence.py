"""Rows count by what they tell: a policy takes nothing from what lots have shown, and no weight hangs on the deal."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.learners.uplift.evidence import evidence_of, evidence_weights
from training.learners.uplift.mean import mean_and_error
from training.learners.uplift.trial import expected, folds_of


def after_the_lots(n=3_000):
    """A trial by lot, and as many rows of a policy that treats one in fifty by lot."""
    trial, _ = made(2 * n, "mean", seed=0)
    policy, rng = np.arange(2 * n) >= n, np.random.default_rng(100)
    action = np.where(policy, rng.random(2 * n) < 0.02, trial.action).astype(np.int64)
    chance = np.where(policy, 0.02, 0.5)
    outcome = trial.outcome - (trial.action == 1) + (action == 1)
    return replace(
        trial, action=action, outcome=outcome, propensity=np.stack([1 - chance, chance], axis=1),
        part=policy.astype(np.int64),
    ), policy  # fmt: skip


def error_of(trial):
    found = evidence_of(trial, expected(trial, folds_of(trial.groups, 2), 1))
    return mean_and_error(found.gains[:, 0], trial.groups, found.weights[:, 0])


def test_months_of_a_policy_take_nothing_from_what_lots_have_shown():
    trial, policy = after_the_lots()
    (_, lots_alone), (mean, both) = error_of(trial.take(~policy)), error_of(trial)
    _, alike = error_of(replace(trial, part=None))
    assert both < 1.02 * lots_alone < 0.7 * alike
    assert mean == pytest.approx(1.0, abs=3 * both)


def test_a_weight_is_the_same_whatever_was_dealt():
    trial, policy = after_the_lots()
    weights, shared = evidence_weights(trial)
    for rows in (policy, ~policy):
        assert np.ptp(weights[rows]) == np.ptp(shared[rows]) == 0
    assert weights[~policy][0, 0] == pytest.approx(1 / 4)
    assert weights[policy][0, 0] == pytest.approx(1 / (1 / 0.02 + 1 / 0.98))


def test_what_could_not_be_dealt_counts_for_nothing():
    trial, _ = made(400, "mean", seed=1, arms=3)
    trial.propensity[:100, 2] = 0.0
    weights, _ = evidence_weights(trial)
    assert (weights[:100, 1] == 0).all() and (weights[100:, 1] > 0).all() and (weights[:, 0] > 0).all()
