"""A search with a tiny budget on a small shop, and what is made of its figures."""

import sys
import time
from dataclasses import replace
from datetime import timedelta

import lightgbm as lgb
import pytest

from features.engine import DuckDB
from tests.training.learnable import START, orders_only
from training.fit import prepare
from training.learners import model_kinds
from training.learners.model_kinds import GRADIENT_BOOSTING
from training.task import TaskError
from training.tasks.churn import CHURN
from training.tasks.churn_and_purchase import Choices, trial_of
from training.tasks.recommendation import RECOMMENDATION
from training.tasks.tuning import tune
from training.tasks.tuning_result import TriedSettings, Tuning
from training.tracking import runs
from training.tracking.record import Child


def tried(*by_fold, seed=11, pruned=False, **settings):
    return TriedSettings({**settings, "seed": seed}, by_fold, pruned, 0.0, 1.0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    shop = orders_only(tmp_path_factory.mktemp("shop"), customers=150, days=220)
    engine = DuckDB(threads=1)
    context = prepare(shop, START + timedelta(days=200), engine=engine, horizon_days=28, active_within_days=91)
    yield replace(context, task=CHURN)
    engine.close()


@pytest.mark.alone
def test_a_search_keeps_to_its_budget_and_says_what_seeds_move(prepared, monkeypatch):
    pytest.importorskip("optuna", reason="the tune extra is not installed: pip install 'perennial[tune]'")
    monkeypatch.setattr(model_kinds, "OUTCOMES_TO_BOOST", 20)
    start = time.monotonic()
    found = tune(prepared, 0.12)
    assert time.monotonic() - start < 15
    assert len(found.defaults) >= 2
    assert found.spread > 0
    assert all(len(one.by_fold) == len(prepared.plan.folds) for one in found.trials if not one.pruned)
    assert all(abs(one.loss - 1) < 0.2 for one in (*found.defaults, *found.trials))
    assert found.trials
    assert {one.settings["seed"] for one in found.best} <= {one.settings["seed"] for one in found.defaults}


def test_the_gain_is_over_the_same_seeds_and_must_exceed_what_they_move():
    defaults = (tried(0.99, 1.01), tried(1.00, 1.02, seed=12))
    better = (tried(0.90, 0.92, max_depth=2), tried(0.91, 0.93, seed=12, max_depth=2))
    found = Tuning(1.0, defaults, better, better)
    assert found.spread == pytest.approx(0.01)
    assert found.gain == pytest.approx(0.09)
    assert found.taken
    assert found.settings == {"max_depth": 2}
    chance = (tried(0.985, 1.005), tried(0.995, 1.015, seed=12))
    assert not Tuning(1.0, defaults, chance, chance).taken
    assert not Tuning(1.0, defaults, better, better[:1]).taken
    assert Tuning(1.0, defaults, (), ()).settings == {}


def test_what_was_found_is_trained_with(prepared):
    stumps = replace(prepared, boosting={"num_leaves": 2, "leaf": 2.0})
    for context, most in ((stumps, 2), (prepared, 8)):
        found = trial_of(context, GRADIENT_BOOSTING, CHURN.targets, None, Choices())
        trees = lgb.Booster(model_str=found.heads.boosters["churn_probability.txt"]).dump_model()["tree_info"]
        assert max(tree["num_leaves"] for tree in trees) == most


def test_what_can_not_be_tuned_says_why(prepared, monkeypatch):
    with pytest.raises(TaskError, match=r"boosting, which is not open to churn: there are .* are needed"):
        tune(prepared, 1.0)
    with pytest.raises(TaskError, match="--tune 0 leaves no time"):
        tune(prepared, 0.0)
    with pytest.raises(TaskError, match="recommendation is not learnt so"):
        tune(replace(prepared, task=RECOMMENDATION), 1.0)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(TaskError, match=r"pip install 'perennial\[tune\]'"):
        tune(prepared, 1.0)


def test_trials_are_runs_within_the_run(record_of, mlruns):
    logged = runs.log(record_of(), mlruns=mlruns)
    children = [
        Child("trial 0", {"max_depth": "2"}, (1.0, 0.9), 0.95, True, 1_700_000_000.0, 2.0),
        Child("trial 1", {"max_depth": "3"}, (1.2,), 1.2, False, 1_700_000_002.0, 1.0),
    ]
    figures = {"tuning.gain": 0.05}
    runs.log_within(logged.run_id, children, parameters={"tuning.max_depth": "2"}, metrics=figures, mlruns=mlruns)
    with runs.client(mlruns) as client:
        parent = client.get_run(logged.run_id)
        within = client.search_runs(
            [parent.info.experiment_id], f"tags.mlflow.parentRunId = '{logged.run_id}'", order_by=["start_time"]
        )
        losses = client.get_metric_history(within[0].info.run_id, "folds/loss")
    assert parent.data.metrics["tuning.gain"] == 0.05
    assert parent.data.params["tuning.max_depth"] == "2"
    assert [(run.info.run_name, run.info.status, run.data.tags["pruned"]) for run in within] == [
        ("trial 0", "FINISHED", "no"),
        ("trial 1", "KILLED", "yes"),
    ]
    assert [(one.step, one.value) for one in losses] == [(0, 1.0), (1, 0.9)]
