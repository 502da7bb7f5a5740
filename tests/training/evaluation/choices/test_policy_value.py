from dataclasses import replace

import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.evaluation.choices.policy_value import (
    NOBODY,
    OURS,
    RESPONSE,
    choices,
    policy_values,
    top_rows,
    usual_policies,
)


def test_the_arm_worth_most_after_its_cost_or_none():
    effects = np.array([[1.0, 3.0], [2.0, 1.0], [0.5, -1.0]])
    assert choices(effects, np.array([0.0, 1.0, 2.5])).tolist() == [2, 1, 0]


def test_every_estimate_finds_the_true_value_within_its_interval():
    trial, truth = made(6_000, "differs", seed=4, arms=3)
    trial = replace(trial, cost=np.array([0.0, 0.2, 0.2]))
    ours = choices(truth, trial.cost)
    told = np.zeros((len(trial), 3))
    judged = policy_values(trial, told, usual_policies(trial, told, ours, np.ones(len(trial), dtype=np.int64)))
    rows = np.arange(len(trial))
    won = np.where(ours > 0, truth[rows, np.maximum(ours - 1, 0)] - 0.2, 0.0).mean()
    for one in ("ips", "snips", "dr"):
        found = judged.gains[NOBODY][one]
        assert found.low < won < found.high
    assert judged.gains["everybody call"]["dr"].low > 0


def test_the_response_ranker_reaches_as_many_as_ours():
    trial, truth = made(900, "differs", arms=3)
    told = np.arange(2_700.0).reshape(900, 3)
    policies = usual_policies(trial, told, choices(truth, trial.cost), np.full(900, 2))
    assert (policies[RESPONSE] > 0).sum() == (policies[OURS] > 0).sum()
    assert set(policies[RESPONSE].tolist()) == {0, 2} and policies[RESPONSE][-1] == 2


def test_ties_of_a_ranker_go_to_the_first():
    assert top_rows(np.array([1.0, 1.0, 0.0]), 1, 3).tolist() == [3, 0, 0]
    assert top_rows(np.array([1.0, 2.0, 0.0]), 0, 1).tolist() == [0, 0, 0]


def test_gains_are_paired():
    trial, _ = made(500)
    nobody = np.zeros(500, dtype=np.int64)
    judged = policy_values(trial, np.zeros((500, 2)), {OURS: nobody, NOBODY: nobody})
    assert judged.gains[NOBODY]["dr"].low == judged.gains[NOBODY]["dr"].high == pytest.approx(0.0)
