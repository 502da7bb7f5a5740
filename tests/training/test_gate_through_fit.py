"""Every check of the gate made to fail once through a fit: that the check is asked, not only that it can answer."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.engine import DuckDB
from tests.training.learnable import START, everything
from training.backtest.context import Context
from training.data.cutoffs import FoldPlan
from training.evaluation import figures, leaks
from training.evaluation.leaks import LeakError
from training.fit import fit_prepared, prepare
from training.learners.model_kinds import RULES
from training.review.gate import evidence_checks
from training.tasks.catalogue import TASKS

UNTIL = START + timedelta(days=200)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    shop, engine = everything(tmp_path_factory.mktemp("shop"), customers=200, days=240), DuckDB(threads=1)
    yield prepare(shop, UNTIL, engine=engine, horizon_days=28, active_within_days=91)
    engine.close()


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(figures, "_DRAWS", 40)


def failed(context: Context, task: str, folder) -> tuple[set[str], object]:
    """What the fitted version fails, and the version."""
    fitted = fit_prepared(task, context, folder=folder)
    checks = evidence_checks(fitted.evaluation, fitted.model, TASKS[task])
    return {check.name for check in checks if not check.passed}, fitted


def judged_rows(context: Context) -> np.ndarray:
    return context.data.at(*(fold.cutoff for fold in context.plan.folds[1:]))


def with_labels(context: Context, **changed) -> Context:
    return replace(context, labels={**context.labels, **changed})


def test_outcomes_that_nothing_tells_leave_the_rules_unproven(prepared, tmp_path):
    chance = np.random.default_rng(1)
    labels = {name: chance.permutation(values) for name, values in prepared.labels.items() if name == "churn"}
    names, fitted = failed(with_labels(prepared, **labels), "churn", tmp_path)
    assert "beats recency" in names  # the regression on noise may be beaten: it learns the noise
    assert fitted.model.kind_told == f"{RULES} (unproven)"
    assert all(one.failed for one in fitted.evaluation.tried)


def test_a_level_that_turned_fails_calibration_overall_and_in_groups(prepared, tmp_path):
    late = judged_rows(prepared)
    churn = np.where(late, 1.0, prepared.labels["churn"])
    churn[np.flatnonzero(late)[::9]] = 0.0
    names, fitted = failed(with_labels(prepared, churn=churn), "churn", tmp_path)
    assert {"churn probability is calibrated", "calibrated in every group"} <= names
    assert fitted.model.unproven == ("churn_probability",)


def test_totals_and_quantiles_that_turned_fail_for_each_head(prepared, tmp_path):
    late = prepared.data.at(prepared.plan.folds[-1].cutoff)
    labels = {name: np.where(late, 9 * prepared.labels[name], prepared.labels[name]) for name in ("days", "spend")}
    names, _ = failed(with_labels(prepared, **labels), "next_purchase", tmp_path)
    assert {"shopping days add up", "spend add up", "quantiles of spend are honest"} <= names


def test_a_date_that_turned_marks_its_quantiles_and_leaves_the_model(prepared, tmp_path):
    late = prepared.data.at(prepared.plan.folds[-1].cutoff)
    turned = with_labels(prepared, next_order=np.where(late, 0.0, prepared.labels["next_order"]))
    names, fitted = failed(turned, "next_purchase", tmp_path)
    assert names == {"quantiles of next order are honest"}
    assert fitted.model.kind_told == "buy_till_you_die (unproven: next_order_quantiles)"


def test_channels_that_turned_fail_their_level_and_their_baselines(prepared, tmp_path, monkeypatch):
    from training.tasks import channel_preference

    ask = channel_preference.questions
    late = judged_rows(prepared)

    def turned(context):
        found = ask(context)
        return [replace(one, counts=_turned(one.name, one.counts, late)) for one in found]

    monkeypatch.setattr(channel_preference, "questions", turned)
    names, fitted = failed(prepared, "channel_preference", tmp_path)
    assert {"share of contact email is level", "beats own shares"} <= names
    assert {"contact_email", "promotion"} <= set(fitted.model.unproven)
    assert "(unproven" in fitted.model.kind_told


def _turned(name, counts, late):
    """Nobody answers any more; promotions change their places."""
    found = counts.copy()
    if name.startswith("contact_"):
        found[late, 1] = 0.0
    else:
        found[late] = found[late][:, ::-1]
    return found


def test_a_column_that_holds_the_outcome_ends_the_fit(prepared, tmp_path):
    data = prepared.data
    place = data.names.index("days_since_order")
    inputs = data.inputs.copy()
    inputs[:, place] = prepared.labels["churn"]
    leaking = replace(prepared, data=replace(data, inputs=inputs))
    with pytest.raises(LeakError, match="'days_since_order'"):
        fit_prepared("churn", leaking, folder=tmp_path)


def test_training_rows_that_hold_the_test_rows_end_the_fit(prepared, tmp_path, monkeypatch):
    """The guard with shuffled labels, where trees know every row by heart."""
    folds = tuple(FoldPlan(one.cutoff, (*one.training, one.cutoff)) for one in prepared.plan.folds)
    monkeypatch.setattr(leaks, "STANDARD_ERRORS", 0.5)
    with pytest.raises(LeakError, match="rows of the test are among those it was trained on"):
        fit_prepared("churn", replace(prepared, plan=replace(prepared.plan, folds=folds)), folder=tmp_path)
