"""Effects read off the paths add up to the score, whatever the booster, and cost a lookup."""

import lightgbm as lgb
import numpy as np
import pytest

from scoring.errors import ReleaseError
from scoring.reasons.effects import path_effects


def boosted(inputs, truth, rounds=20, **settings):
    settings = {"num_leaves": 7, "num_threads": 1, "deterministic": True, "verbose": -1, **settings}
    return lgb.train(settings, lgb.Dataset(inputs, truth), rounds)


@pytest.fixture(scope="module")
def inputs():
    chance = np.random.default_rng(2)
    matrix = chance.normal(size=(500, 5)).astype(np.float32)
    matrix[chance.random(matrix.shape) < 0.1] = np.nan
    return matrix


@pytest.mark.parametrize("objective", ["binary", "poisson", "tweedie", "regression"])
@pytest.mark.parametrize("rounds", [1, 20])
def test_effects_and_baseline_add_up_to_the_raw_score(inputs, objective, rounds):
    truth = (np.nan_to_num(inputs[:, 0]) + np.nan_to_num(inputs[:, 1]) > 0).astype(float)
    booster = boosted(inputs, truth, rounds, objective=objective)
    effects = path_effects(booster)
    raw = booster.predict(inputs, raw_score=True, num_threads=1)
    np.testing.assert_allclose(effects.of(inputs).sum(axis=1) + effects.baseline, raw, atol=1e-9)


def test_the_baseline_is_the_one_shap_has_and_one_row_is_as_among_many(inputs):
    booster = boosted(inputs, np.nan_to_num(inputs[:, 0]) > 0, objective="binary")
    effects = path_effects(booster)
    shap = booster.predict(inputs, pred_contrib=True, num_threads=1)
    assert effects.baseline == pytest.approx(shap[0, -1], abs=1e-9)
    np.testing.assert_array_equal(effects.of(inputs[7:8])[0], effects.of(inputs)[7])


def test_one_question_is_credited_to_the_feature_it_asks():
    noise = np.random.default_rng(4).normal(size=100)
    inputs = np.stack([np.arange(100), noise], axis=1).astype(np.float32)
    booster = boosted(inputs, inputs[:, 0] > 50, 5, objective="binary", num_leaves=2, feature_fraction=1.0)
    effects = path_effects(booster).of(inputs)
    asked = {tree["tree_structure"]["split_feature"] for tree in booster.dump_model()["tree_info"]}
    assert asked == {0}
    assert not effects[:, 1].any()
    assert effects[0, 0] < 0 < effects[-1, 0]
    shap = booster.predict(inputs, pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(effects, shap[:, :2], atol=1e-9)  # with one feature a tree they are the same


def test_a_booster_that_never_splits_has_no_effects():
    inputs = np.zeros((50, 3), dtype=np.float32)
    booster = boosted(inputs, np.arange(50) % 2, 3, objective="binary")
    effects = path_effects(booster)
    assert not effects.of(inputs).any()
    raw = booster.predict(inputs, raw_score=True, num_threads=1)
    np.testing.assert_allclose(raw, effects.baseline, atol=1e-9)


def test_several_scores_a_row_are_refused(inputs):
    booster = boosted(inputs, np.arange(500) % 3, 3, objective="multiclass", num_class=3)
    with pytest.raises(ReleaseError, match="one score a row"):
        path_effects(booster)
