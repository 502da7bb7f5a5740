from dataclasses import replace

import numpy as np

from tests.training.learners.made_trials import made
from training.evaluation.choices.policy_value import choices
from training.learners.uplift.choice import MEAN, NONE, VARIES, fit
from training.learners.uplift.learners import LEVEL


def test_effects_that_differ_are_found_and_worth_nearly_the_best():
    trial, truth = made(3_000, "differs", seed=1, arms=3)
    model = fit(trial)
    assert model.verdict == VARIES
    chosen = choices(model.predict(trial.inputs)[:, :, 0], trial.cost)
    rows = np.arange(len(truth))
    won = np.where(chosen > 0, truth[rows, np.maximum(chosen - 1, 0)], 0.0).mean()
    assert won > 0.8 * np.maximum(truth.max(axis=1), 0).mean()


def test_an_effect_that_is_everybodys_is_told_alike():
    trial, _ = made(1_500, "mean", seed=2)
    model = fit(trial)
    told = model.predict(trial.inputs)
    assert model.verdict in (MEAN, VARIES)
    assert abs(told[:, 0, 0].mean() - 1.0) < 0.3
    assert np.mean((told[:, 0, 1] <= 1.0) & (told[:, 0, 2] >= 1.0)) > 0.7


def test_no_effect_is_rarely_called_one():
    verdicts = [fit(made(500, "none", seed=seed, arms=3, rows_each=2)[0]).verdict for seed in range(6)]
    assert verdicts.count(NONE) >= 5


def test_no_effect_leaves_everybody_alone():
    trial, _ = made(600, "none", seed=5)
    model = fit(trial)
    assert model.verdict == NONE
    told = model.predict(trial.inputs)
    assert (told[:, :, 0] == 0).all() and (told[:, :, 1] < 0).all() and (told[:, :, 2] > 0).all()
    assert (choices(told[:, :, 0], trial.cost) == 0).all()


def test_rows_of_the_fifths_lie_in_their_intervals():
    held, fifths = 0, 0
    for seed in range(2):
        trial, _ = made(1_500, "differs", seed=seed)
        fresh, truth = made(1_500, "differs", seed=seed + 50)
        told = fit(trial).predict(fresh.inputs)[:, 0]
        for low in np.unique(told[:, 1]):
            mine = told[:, 1] == low
            if mine.sum() >= 100:
                fifths += 1
                held += low <= truth[mine, 0].mean() <= told[mine, 2].max()
    assert fifths >= 6 and held / fifths >= 0.8


def test_a_cost_keeps_an_action_from_those_it_helps_less():
    trial, _ = made(2_000, "mean", seed=3)
    dear = fit(replace(trial, cost=np.array([0.0, 2.0])))
    assert (choices(dear.predict(trial.inputs)[:, :, 0], np.array([0.0, 2.0])) == 0).mean() > 0.95


def test_an_action_only_some_could_get_is_compared_with_them_alone():
    """Only the poor half could get the voucher, which changes nothing: beside everybody it would seem to cost 10."""
    rng = np.random.default_rng(4)
    trial, _ = made(1_500, "none", seed=4)
    poor = rng.random(len(trial)) < 0.5  # told by no input
    action = np.where(poor, trial.action, 0)
    chances = np.where(poor[:, None], trial.propensity, [1.0, 0.0])
    model = fit(replace(trial, action=action, propensity=chances, outcome=trial.outcome - 10.0 * poor))
    assert model.verdict == NONE and model.means[0].low < 0 < model.means[0].high
    assert abs(model.means[0].measured) < 1.0


def test_an_effect_that_was_called_is_told_in_proportion_to_what_comes_anyway():
    """A seventh more for everybody is most for those who buy most."""
    trial, _ = made(1_500, "none", seed=6, noise=0.5)
    level = np.where(trial.inputs[:, 0] > 0, 20.0, 4.0)
    noise = level * np.random.default_rng(6).normal(0, 0.5, len(trial))
    model = fit(replace(trial, outcome=level * (1 + 0.15 * (trial.action == 1)) + noise))
    told = model.predict(trial.inputs)[:, 0, 0]
    assert model.verdict == VARIES
    assert told[level > 10].mean() > 2 * abs(told[level < 10].mean())


def test_noise_does_not_take_away_who_buys():
    """A quarter more for everybody, so noisy that rows alone say a half of how it is spread, or two thirds."""
    slopes = []
    for seed in (0, 3):
        trial, _ = made(1_500, "none", seed=seed, noise=0.5)
        level = np.where(trial.inputs[:, 0] > 0, 20.0, 4.0)
        noise = level * np.random.default_rng(seed).normal(0, 1.0, len(trial))
        model = fit(replace(trial, outcome=level * (1 + 0.25 * (trial.action == 1)) + noise))
        assert model.verdict == VARIES and model.learned.kind == LEVEL
        slopes.append(model.ranks[0].slope)
    assert min(slopes) > 0.6  # .41 and .54 by rows alone


def test_effects_that_are_everybodys_alike_are_not_told_in_proportion():
    trial, _ = made(3_000, "none", seed=7, noise=0.5)
    level = np.where(trial.inputs[:, 0] > 0, 20.0, 4.0)
    model = fit(
        replace(trial, outcome=level + 3.0 * (trial.action == 1) + np.random.default_rng(7).normal(0, 2, len(trial)))
    )
    told = model.predict(trial.inputs)[:, 0, 0]
    assert abs(told[level > 10].mean() - told[level < 10].mean()) < 0.5
