from dataclasses import replace

import numpy as np
import pytest

from tests.training.learners.made_trials import made
from training.learners.uplift.trial import checked, estimated_propensity, expected, folds_of, robust_scores
from training.task import TaskError


def test_groups_are_never_on_both_sides_of_a_fold():
    groups = np.repeat(np.arange(100), 3).astype(str)
    folds = folds_of(groups, 3)
    assert all(len(np.unique(folds[groups == one])) == 1 for one in np.unique(groups))
    assert np.bincount(folds).min() >= 90


def test_robust_scores_are_right_where_only_the_propensities_are():
    trial, truth = made(4_000, "mean", arms=3)
    wrong = np.full((len(trial), 3), 50.0)
    gains = robust_scores(trial, wrong)[:, 1:] - robust_scores(trial, wrong)[:, :1]
    right = robust_scores(trial, expected(trial, folds_of(trial.groups, 2), 1))
    assert gains.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=6.0)
    assert (right[:, 1:] - right[:, :1]).mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.25)


def test_estimated_propensities_make_up_for_a_deal_that_was_no_lot():
    rng = np.random.default_rng(0)
    trial, _ = made(4_000, "mean")
    chance = 1 / (1 + np.exp(-1.2 * trial.inputs[:, 3]))
    action = (rng.random(len(trial)) < chance).astype(np.int64)
    outcome = trial.inputs[:, 3] + action + rng.normal(0, 1, len(trial))
    told = estimated_propensity(trial.inputs, action, 2, folds_of(trial.groups, 3))
    assert np.abs(told[:, 1] - chance).mean() < 0.03
    biased = outcome[action == 1].mean() - outcome[action == 0].mean()
    dealt = replace(trial, action=action, outcome=outcome, propensity=told)
    scores = robust_scores(dealt, expected(dealt, folds_of(trial.groups, 2), 1))
    assert biased > 1.8
    assert (scores[:, 1] - scores[:, 0]).mean() == pytest.approx(1.0, abs=0.15)


def test_what_cannot_be_learnt_from_is_refused():
    trial, _ = made(300)
    few = np.where(np.arange(300) < 5, 1, 0)
    lost = np.where(np.arange(300) < 4, np.nan, trial.outcome)
    with pytest.raises(TaskError, match=r"arm 'call' has 5 of 300 rows; an effect needs 20 or more"):
        checked(replace(trial, action=few))
    with pytest.raises(TaskError, match=r"outcome is missing or infinite in 4 of 300 rows"):
        checked(replace(trial, outcome=lost))
    for wrong in (0.0, 1.5, np.nan):
        with pytest.raises(TaskError, match=r"propensity lies outside \(0, 1\] in 300 of 300 rows"):
            checked(replace(trial, propensity=np.full((300, 2), wrong)))
