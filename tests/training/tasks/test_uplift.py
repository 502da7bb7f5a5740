"""A model of what actions change: it finds what is there, says so where nothing is, and serves like the others."""

from dataclasses import replace

import numpy as np
import pytest

from features.engine import opened
from scoring.release import read_model
from scoring.scorer import Scorer
from tests.training.tasks.trial_shop import COST, UNTIL, trial_shop
from training.data.decision_moments import NOTHING, Moments
from training.fit import fit_prepared, prepare
from training.review import sign_off
from training.review.card import card
from training.review.golden import golden_rows, largest_difference, try_elsewhere
from training.task import TaskError
from training.tasks import uplift
from training.tasks.uplift import UPLIFT
from training.tracking import registry

HORIZON = 14


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    with opened(None) as engine:
        shop = trial_shop(folder, effect=True)
        yield prepare(shop, UNTIL, engine=engine, horizon_days=HORIZON, active_within_days=90)


@pytest.fixture(scope="module")
def fitted(context, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uplift, "_FOLDS", 2)
        return fit_prepared("uplift", context, folder=folder, created_at="2026-06-01T00:00:00")


@pytest.fixture(scope="module")
def told(context, fitted):
    """Answers at the newest training rows, and who each is."""
    rows = context.data.at(context.plan.training[-1])
    answers = Scorer([fitted.model], context.data.references).answers(context.data.features[rows])
    odd = np.array([int(one[1:]) % 2 == 1 for one in context.data.customers[rows]])
    return answers, odd


def test_it_finds_whom_the_voucher_moves(fitted, told):
    answers, odd = told
    assert (fitted.model.model_kind, fitted.model.unproven) == ("by_effect", ())
    voucher = answers["margin_uplift_voucher"]
    assert voucher[odd].mean() > COST > voucher[~odd].mean()
    assert voucher[odd].mean() > 2 * voucher[~odd].mean() + COST
    assert np.abs(answers["margin_uplift_note"]).mean() < voucher[odd].mean() / 4
    for name in ("margin_uplift_voucher", "order_uplift_voucher", "margin_uplift_note"):
        assert (answers[f"{name}_low"] <= answers[name]).all() and (answers[name] <= answers[f"{name}_high"]).all()


def test_it_is_judged_by_what_choosing_is_worth_at_later_moments(fitted):
    found = fitted.evaluation
    assert {"nobody", "everybody", "best_single_action", "response_ranker", "churn_ranker", "as_dealt"} == set(
        found.baseline_metrics
    )
    assert found.differences["nobody"]["policy_value"].low > 0
    assert found.differences["as_dealt"]["policy_value"].low > 0
    assert {"policy_value", "policy_snips", "policy_ips", "policy_qini"} <= set(found.metrics)
    for fold in found.folds:
        assert fold.trained_to < fold.cutoff


def test_the_card_says_what_the_data_can_tell(fitted):
    text = card(fitted, UPLIFT, currency="EUR")
    assert "Effects differ between customers." in text and "of a customer's share an outcome" in text
    assert "as logged" in text and "Value a moment, doubly robust" in text


def test_it_is_logged_registered_and_answers_alike_elsewhere(fitted, context, mlruns):
    golden = golden_rows([fitted.model], fitted.model.features)
    again = read_model(fitted.folder, fitted.sha256s)
    assert largest_difference(golden, [again], again.features) == 0
    assert try_elsewhere(fitted.folder, fitted.sha256s, golden) < 1e-9
    logged = sign_off.log(fitted, context.shop, mlruns=mlruns)
    assert logged.champion
    champion = registry.champion(context.shop.name, "uplift", mlruns=mlruns)
    assert champion is not None and champion.tags["gate"].startswith("passed")


def test_where_nothing_is_changed_it_says_so(context, tmp_path, monkeypatch):
    true = uplift.moments_of

    def dealt_anew(*given) -> Moments:
        moments = true(*given)
        return replace(moments, action=np.random.default_rng(2).permutation(moments.action))

    monkeypatch.setattr(uplift, "moments_of", dealt_anew)
    monkeypatch.setattr(uplift, "_FOLDS", 1)
    found = fit_prepared("uplift", context, folder=tmp_path / "none")
    assert (found.model.model_kind, found.model.unproven) == ("nobody", ())
    assert "No effect stands out of the noise" in found.evaluation.notes[0]
    answers = Scorer([found.model], context.data.references).answers(context.data.features[:50])
    assert not answers["margin_uplift_voucher"].any() and (answers["margin_uplift_voucher_high"] > 0).all()


def test_unlogged_probabilities_are_estimated_and_said_to_be(context, monkeypatch):
    true = uplift.moments_of
    monkeypatch.setattr(
        uplift, "moments_of", lambda *given: replace(m := true(*given), propensity=np.full(len(m), np.nan))
    )
    told = uplift._told(context)
    assert told.estimated == len(told.trial) and np.allclose(told.trial.propensity.sum(axis=1), 1, atol=0.01)
    assert abs(told.trial.propensity[:, 0].mean() - 1 / 3) < 0.05


def test_what_it_needs_is_named(context):
    shop = context.shop
    with pytest.raises(TaskError, match="told in margin"):
        uplift.learn(replace(context, shop=replace(shop, settings=replace(shop.settings, margin=None))))
    present = {**shop.present, "messages": shop.present["messages"] - {"arm"}}
    with pytest.raises(TaskError, match="withheld on purpose among them"):
        uplift.learn(replace(context, shop=replace(shop, present=present)))


def test_too_few_withheld_are_counted(context, monkeypatch):
    true = uplift.moments_of

    def few(*given) -> Moments:
        moments = true(*given)
        held = np.flatnonzero(moments.action == NOTHING)[5:]
        return moments.take(np.setdiff1d(np.arange(len(moments)), held))

    monkeypatch.setattr(uplift, "moments_of", few)
    with pytest.raises(TaskError, match="'trial' has 5 and"):
        uplift.learn(context)


def test_an_action_that_few_could_be_dealt_is_left_out_and_named(context, monkeypatch):
    """Whoever is saved left a cart: beside all others saving would look as if it sold what they buy anyway."""
    true = uplift.moments_of

    def with_carts(*given) -> Moments:
        moments = true(*given)
        cart = (np.arange(len(moments)) % 12 == 0) & (moments.action != NOTHING)
        action = np.where(cart, "save_cart", moments.action)
        return replace(moments, action=action, propensity=np.where(cart, 0.9, moments.propensity))

    monkeypatch.setattr(uplift, "moments_of", with_carts)
    told = uplift._told(context)
    assert told.trial.names == (NOTHING, "note", "voucher")
    assert 0.03 < told.narrow["save_cart"] < 0.1
    monkeypatch.setattr(uplift, "moments_of", lambda *given: replace(m := true(*given), propensity=np.ones(len(m))))
    with pytest.raises(TaskError, match="could be dealt at few of the moments only"):
        uplift._told(context)
