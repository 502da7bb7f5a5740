import dataclasses

import numpy as np
import pytest

from scoring import scorer as module
from scoring.errors import ReleaseError
from scoring.release import FeatureRef, Head, Steps, Term, read_model, write_model
from scoring.scorer import Scorer
from tests.serving.synthetic_models import COLUMNS, NAMES, churn_model, model, next_purchase_model, rows


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        name: read_model(folder / name, write_model(plain, texts, folder / name))
        for name, (plain, texts) in {"churn": churn_model(), "next_purchase": next_purchase_model()}.items()
    }


@pytest.fixture(scope="module")
def both(models):
    return Scorer(models.values(), COLUMNS)


def test_a_row_alone_gets_what_it_gets_in_the_batch(both, monkeypatch):
    matrix = rows(50)
    batch = both.answers(matrix)
    monkeypatch.setattr(module, "_CHUNK", 7)
    chunked = both.answers(matrix)
    for name, values in batch.items():
        np.testing.assert_array_equal(values, chunked[name])
        alone = [both.answers(matrix[i : i + 1])[name][0] for i in range(10)]
        np.testing.assert_array_equal(values[:10], alone)


def test_answers_agree_with_one_another(both):
    answers = both.answers(rows())
    np.testing.assert_allclose(answers["order_probability"], 1 - answers["churn_probability"])
    assert (answers["expected_shopping_days"] >= answers["order_probability"]).all()
    assert (answers["spend_p10"] <= answers["spend_p50"]).all()
    assert (answers["spend_p50"] <= answers["spend_p90"]).all()
    by_day = both.probability_by_day(answers)
    assert (np.diff(by_day, axis=1) >= 0).all()
    np.testing.assert_allclose(by_day[:, 27], answers["order_probability"])


def test_without_churn_the_order_probability_comes_from_next_purchase(models):
    answers = Scorer([models["next_purchase"]], COLUMNS).answers(rows())
    assert "churn_probability" not in answers
    assert ((answers["order_probability"] > 0) & (answers["order_probability"] < 1)).all()


def test_reasons_add_up_to_the_log_odds(both):
    matrix = rows()
    p = both.answers(matrix)["churn_probability"]
    reasons = both.reasons(matrix)
    np.testing.assert_allclose(reasons.baseline + reasons.effects.sum(axis=1), np.log(p / (1 - p)), atol=1e-6)
    top, rest = reasons.top(4)
    assert len(top) == 3
    assert [abs(effect) for *_, effect in top] == sorted((abs(effect) for *_, effect in top), reverse=True)
    total = reasons.baseline + sum(effect for *_, effect in top) + rest
    assert total == pytest.approx(np.log(p[4] / (1 - p[4])), abs=1e-6)
    assert top[0][1] == pytest.approx(dict(zip(reasons.features, reasons.values[4], strict=True))[top[0][0]])


def test_terms_and_steps_are_additive_too():
    head = Head(
        "churn_probability",
        "logit",
        terms=(Term("spend", -0.5, centre=4.0, log=True), Term("noise", 0.3, centre=0.1)),
        steps=(Steps("days_since_order", (30.0, 60.0), (-1.0, 0.0, 1.0), missing=0.2),),
        intercept=0.4,
        slope=2.0,
    )
    matrix = np.array([[30, 90, 3, np.expm1(5), np.nan], [np.nan, 90, 3, 0, 1.1]], dtype=np.float32)
    scorer = Scorer([model("churn", (head,), derived=())], COLUMNS)
    expected = np.array([0.4 + 2 * (-0.5 + 0.0 + 0.0), 0.4 + 2 * (2.0 + 0.3 + 0.2)])
    p = scorer.answers(matrix)["churn_probability"]
    np.testing.assert_allclose(np.log(p / (1 - p)), expected, atol=1e-6)
    reasons = scorer.reasons(matrix)
    np.testing.assert_allclose(reasons.baseline + reasons.effects.sum(axis=1), expected, atol=1e-6)


def test_columns_may_stand_in_any_order_among_others(models, both):
    order = [3, 1, 4, 0, 2]
    shuffled = Scorer([models["churn"]], [FeatureRef("other", "f"), *(COLUMNS[i] for i in order)])
    matrix = rows()
    wide = np.concatenate([np.full((len(matrix), 1), 7, np.float32), matrix[:, order]], axis=1)
    np.testing.assert_array_equal(
        shuffled.answers(wide)["churn_probability"], both.answers(matrix)["churn_probability"]
    )


def test_features_it_was_not_trained_on_are_refused(models):
    changed = [dataclasses.replace(COLUMNS[0], fingerprint="77f0e1aaaaaa"), *COLUMNS[1:]]
    with pytest.raises(ReleaseError) as error:
        Scorer([models["churn"]], changed)
    assert str(error.value) == (
        "Model churn was trained with days_since_order@000000, this service has days_since_order@77f0e1.\n"
        "Retrain churn, or deploy the release that trained it (git unknown)."
    )
    with pytest.raises(ReleaseError, match=f"needs {NAMES[0]}, not among"):
        Scorer([models["churn"]], COLUMNS[1:])
