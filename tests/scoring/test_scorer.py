import dataclasses

import numpy as np
import pytest

from scoring import scorer as module
from scoring.errors import ReleaseError
from scoring.level import ORDERS, VALUE, PeriodLevel
from scoring.release import FeatureRef, Head, Steps, Term, read_model, write_model
from scoring.scorer import LEVEL, Scorer
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


WEIGHTS = {
    "churn_probability": {ORDERS: -1.2},
    "order_probability": {ORDERS: 1.2},
    "expected_shopping_days": {ORDERS: 1.0},
    "expected_spend": {ORDERS: 1.0, VALUE: 1.0},
}
BUSY = PeriodLevel("2026-09-01", "last_year", {ORDERS: np.log(2.4), VALUE: 0.1}, {ORDERS: 0.3, VALUE: 0.2})


def leveled(models):
    """The models with heads that follow the level."""
    return [
        dataclasses.replace(
            one, heads=tuple(dataclasses.replace(head, level=WEIGHTS.get(head.name, {})) for head in one.heads)
        )
        for one in models.values()
    ]


def test_the_level_moves_log_odds_alike_for_all_and_amounts_by_a_ratio(models, both):
    usual, busy = both.answers(rows()), Scorer(leveled(models), COLUMNS, level=BUSY).answers(rows())
    odds = [np.log(one["churn_probability"] / (1 - one["churn_probability"])) for one in (usual, busy)]
    np.testing.assert_allclose(odds[1] - odds[0], -1.2 * np.log(2.4))
    np.testing.assert_allclose(busy["expected_spend"] / usual["expected_spend"], 2.4 * np.exp(0.1))
    assert (busy["expected_shopping_days"] >= busy["order_probability"]).all()
    assert (busy["spend_p10"] <= busy["spend_p50"]).all()
    assert (busy["spend_p50"] <= busy["spend_p90"]).all()


def test_the_level_is_a_reason_of_its_own_and_reasons_still_add_up(models):
    scorer = Scorer(leveled(models), COLUMNS, level=BUSY)
    p, reasons = scorer.answers(rows())["churn_probability"], scorer.reasons(rows())
    np.testing.assert_allclose(reasons.baseline + reasons.effects.sum(axis=1), np.log(p / (1 - p)), atol=1e-6)
    assert reasons.features[-1] == LEVEL
    np.testing.assert_allclose(reasons.values[:, -1], 2.4)


def test_an_uncertain_level_widens_the_quantiles_of_spend(models):
    sure = dataclasses.replace(BUSY, spreads={})
    narrow, wide = (Scorer(leveled(models), COLUMNS, level=one).answers(rows()) for one in (sure, BUSY))
    ordering = narrow["spend_p10"] > 0
    assert (wide["spend_p90"][ordering] > narrow["spend_p90"][ordering]).all()
    assert (wide["spend_p10"][ordering] < narrow["spend_p10"][ordering]).all()


def test_a_model_without_a_level_answers_as_before(models, both):
    np.testing.assert_array_equal(
        Scorer(models.values(), COLUMNS, level=BUSY).answers(rows())["churn_probability"],
        both.answers(rows())["churn_probability"],
    )
