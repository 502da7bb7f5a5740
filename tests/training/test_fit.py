"""From a shop to a model on disk: one small shop, prepared once, fitted for every task."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from scoring.release import read_model
from scoring.scorer import Scorer, model_inputs
from tests.shops import write_shop
from tests.training.learnable import START, everything, orders_only
from training.backtest.context import answers_of, model_of
from training.data.dataset import load_at
from training.fit import fit, fit_prepared, prepare
from training.learners import model_kinds
from training.learners.target import CHURN
from training.task import TaskError

UNTIL = START + timedelta(days=200)
TASKS = ("churn", "next_purchase")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return orders_only(tmp_path_factory.mktemp("shop"), customers=220, days=240)


@pytest.fixture(scope="module")
def prepared(shop):
    engine = DuckDB(threads=1)
    yield prepare(shop, UNTIL, engine=engine, horizon_days=28, active_within_days=91)
    engine.close()


@pytest.fixture(scope="module")
def fitted(prepared, tmp_path_factory):
    return {task: fit_prepared(task, prepared, folder=tmp_path_factory.mktemp(task)) for task in TASKS}


def test_a_model_comes_with_its_evidence(fitted, prepared):
    for task, found in fitted.items():
        assert found.model.task == task
        assert found.model == read_model(found.folder, found.sha256s)
        assert found.model.cutoffs[-1] == f"{UNTIL - timedelta(days=28):%Y-%m-%d}"
        assert found.rows == len(prepared.data.spine)
        assert set(found.evaluation.baseline_metrics) == set(found.evaluation.differences)
        assert sum(found.evaluation.importance.values()) == pytest.approx(1.0)
        for fold in found.evaluation.folds:
            gap = datetime.fromisoformat(fold.cutoff) - datetime.fromisoformat(fold.trained_to)
            assert gap >= timedelta(days=28)


def test_it_ranks_better_than_recency_alone_and_better_than_the_shops_mean(fitted):
    churn = fitted["churn"].evaluation
    assert churn.metrics["auc"] > churn.baseline_metrics["recency"]["auc"] > 0.6
    assert churn.metrics["brier"] < churn.baseline_metrics["plain_boosting"]["brier"]
    forecast = fitted["next_purchase"].evaluation
    assert forecast.metrics["days_rmse"] < forecast.baseline_metrics["past_pace"]["days_rmse"]
    assert 0.7 < forecast.metrics["days_totals_ratio"] < 1.4


def test_small_data_get_a_simpler_kind_and_the_reason(fitted):
    for found in fitted.values():
        assert found.model.model_kind == model_kinds.BUY_TILL_YOU_DIE
        assert "500 of each are needed" in found.evaluation.closed[model_kinds.GRADIENT_BOOSTING]


def test_both_models_answer_together_and_reasons_add_up(fitted, prepared):
    ahead = load_at(prepared.shop, prepared.data, UNTIL, 91, engine=prepared.engine)
    scorer = Scorer([found.model for found in fitted.values()], ahead.references)
    answers = scorer.answers(ahead.features)
    p = answers["churn_probability"]
    reasons = scorer.reasons(ahead.features)
    np.testing.assert_allclose(reasons.baseline + reasons.effects.sum(axis=1), np.log(p / (1 - p)), atol=1e-6)
    for name in ("expected_shopping_days", "expected_spend", "spend_p50"):
        assert np.isfinite(answers[name]).all()
    assert (answers["expected_shopping_days"] >= answers["order_probability"]).all()


@pytest.mark.parametrize("model_kind", [model_kinds.RULES, model_kinds.BUY_TILL_YOU_DIE, model_kinds.GRADIENT_BOOSTING])
def test_longer_silence_never_lowers_the_churn_probability(prepared, model_kind):
    """With all other columns fixed; trees left to themselves would find exceptions."""
    data = prepared.data
    selected = {CHURN.answer: set(data.names)}
    learner = model_kinds.Learner(data.names, data.inputs, prepared.labels, prepared.pace, selected)
    model = model_of(prepared, model_kind, data, model_kinds.fit_heads(model_kind, (CHURN,), learner), UNTIL)
    rows = data.features[::40]
    silence = [column.name for column in data.columns].index("days_since_order")
    last = np.zeros(len(rows))
    moves = 0
    for days in (1, 3, 10, 30, 60, 90, 200):
        moved = rows.copy()
        moved[:, silence] = days
        now = Scorer([model], data.references).answers(moved)["churn_probability"]
        assert (now >= last - 1e-9).all()
        moves += (now > last).mean()
        last = now
    assert moves > 2


def test_nothing_known_on_or_after_until_is_seen(shop, prepared, fitted, tmp_path):
    orders = pq.read_table(shop.path("orders")).to_pylist()
    for order in orders:
        if order["known_at"] >= UNTIL:
            order["amount"] *= 7
    late = {**orders[0], "order_id": "late", "happened_at": UNTIL - timedelta(days=40), "known_at": UNTIL}
    changed = write_shop(tmp_path, {"orders": [*orders, late]}, {"orders": shop.present["orders"]})
    again = fit("churn", changed, UNTIL, folder=tmp_path / "model", horizon_days=28, active_within_days=91)
    assert again.dataset_digest == fitted["churn"].dataset_digest
    assert again.model == fitted["churn"].model


def test_a_history_too_short_says_so(shop, tmp_path):
    with pytest.raises(TaskError, match="needs 56"):
        fit("churn", shop, START + timedelta(days=50), folder=tmp_path, horizon_days=28)


def test_channel_preference_needs_something_to_prefer(prepared, tmp_path):
    with pytest.raises(TaskError, match="'test-shop' has none that occurred"):
        fit_prepared("channel_preference", prepared, folder=tmp_path)


def test_channel_preference_beats_the_shops_mean_on_every_question(tmp_path):
    shop = everything(tmp_path, customers=150, days=200)
    until = START + timedelta(days=200)
    found = fit("channel_preference", shop, until, folder=tmp_path / "model", horizon_days=28, active_within_days=91)
    metrics, mean = found.evaluation.metrics, found.evaluation.baseline_metrics["shop_shares"]
    for name in ("promotion_log_loss", "purchase_log_loss", "contact_log_loss"):
        assert metrics[name] < mean[name]
    fold = found.evaluation.folds[-1]
    for question, kinds in (("promotion", 3), ("purchase", 2)):
        shares = [values for name, values in fold.answers.items() if name.startswith(f"{question}_")]
        assert len(shares) == kinds
        np.testing.assert_allclose(np.sum(shares, axis=0), 1.0)
    assert ((fold.answers["contact_email"] > 0) & (fold.answers["contact_email"] < 1)).all()


def test_inputs_are_what_serving_computes(prepared, fitted):
    """Training's matrix and the scorer's own derivation are the same numbers."""
    model = fitted["churn"].model
    cutoff = prepared.data.spine.cutoffs[-1]
    data = prepared.data.narrowed(set(model.inputs))
    rows = data.at(cutoff)
    at_cutoff = replace(model, parameters=dict(data.parameters[cutoff]))
    np.testing.assert_array_equal(model_inputs(at_cutoff, data.features[rows]), data.inputs[rows])
    assert answers_of(prepared, at_cutoff, data, rows)["churn_probability"].shape == (rows.sum(),)


def test_the_rows_are_held_once_and_what_they_are_narrowed_to_is_shared(prepared):
    data = prepared.data
    names = {"spend_90d", "days_since_order", *data.derived[:1]}
    first = data.narrowed(names)
    assert data.narrowed(names) is first
    places = [data.names.index(name) for name in first.names]
    np.testing.assert_array_equal(first.inputs, data.inputs[:, places])
    assert np.shares_memory(first.features, first.inputs) and np.shares_memory(data.features, data.inputs)
    assert np.shares_memory(data.narrowed(data.names).inputs, data.inputs)
