import numpy as np
import pytest
from scipy.special import expit

from scoring.release import FeatureRef, Head, Model
from scoring.scorer import Scorer
from training.learners.regression import Prior, regress
from training.learners.target import CHURN, DAYS, SPEND

N = 20_000


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(0)
    return {"a": rng.normal(3, 2, N), "b": rng.gamma(2, 5, N)}


def test_true_weights_of_a_logistic_model_are_found(columns):
    rng = np.random.default_rng(1)
    truth = (rng.random(N) < expit(-1 + 0.5 * columns["a"] - 0.7 * np.log1p(columns["b"]))).astype(float)
    found = regress(CHURN, truth, columns, ["b"], ridge=1.0)
    assert [term.weight for term in found.terms] == pytest.approx([0.5, -0.7], abs=0.06)
    assert found.score(columns).mean() == pytest.approx(
        (-1 + 0.5 * columns["a"] - 0.7 * np.log1p(columns["b"])).mean(), abs=0.05
    )


@pytest.mark.parametrize(("target", "scale"), [(DAYS, 1.0), (SPEND, 500.0)])
def test_true_weights_of_counts_and_amounts_are_found(columns, target, scale):
    rng = np.random.default_rng(2)
    mean = np.exp(0.2 + 0.3 * columns["a"] - 0.4 * np.log1p(columns["b"]))
    found = regress(target, scale * rng.poisson(mean), columns, ["b"], ridge=1.0)
    assert [term.weight for term in found.terms] == pytest.approx([0.3, -0.4], abs=0.03)
    assert np.exp(found.score(columns)).sum() == pytest.approx(scale * mean.sum(), rel=0.03)


def test_a_weight_of_the_forbidden_sign_is_left_out(columns):
    rng = np.random.default_rng(3)
    truth = (rng.random(N) < expit(columns["a"] - 3)).astype(float)
    found = regress(CHURN, truth, columns, [], ridge=1.0, signs={"a": -1, "b": 0})
    assert [term.feature for term in found.terms] == ["b"]


def test_missing_values_count_as_the_mean_and_constants_do_no_harm(columns):
    rng = np.random.default_rng(4)
    truth = (rng.random(N) < 0.3).astype(float)
    holes = {"a": np.where(rng.random(N) < 0.5, np.nan, columns["a"]), "c": np.full(N, np.nan), "d": np.ones(N)}
    assert np.isfinite(regress(CHURN, truth, holes, [], ridge=1.0).score(holes)).all()


def test_one_outcome_alone_gives_everyone_its_mean(columns):
    found = regress(CHURN, np.zeros(N), columns, [], ridge=1.0)
    assert found.terms == ()
    assert expit(found.score(columns)).max() < 1e-4


def test_the_scorer_adds_terms_in_the_same_way(columns):
    truth = (np.random.default_rng(5).random(N) < 0.4).astype(float)
    found = regress(CHURN, truth, columns, ["b"], ridge=1.0)
    features = (FeatureRef("a", "1"), FeatureRef("b", "2"))
    head = Head("churn_probability", "logit", terms=found.terms, intercept=found.intercept)
    model = Model("churn", "s", "rules", 28, 91, "", "", (), features, (), {}, (head,))
    matrix = np.stack([columns["a"], columns["b"]], axis=1).astype(np.float32)
    answer = Scorer([model], features).answers(matrix)["churn_probability"]
    np.testing.assert_allclose(answer, expit(found.score(columns)), atol=1e-6)


def test_a_belief_counts_as_so_many_further_rows():
    """With nothing but a constant to fit, the mean lies between what was seen and what was expected."""
    truth, expected = np.repeat([1.0, 0.0], [30, 70]), np.full(100, 0.9)
    columns = {"x": np.random.default_rng(0).normal(size=100)}
    for rows in (0.0001, 100.0, 1e6):
        found = regress(CHURN, truth, columns, [], 1e6, prior=Prior(expected, rows))
        share = 1 / (1 + np.exp(-found.intercept))
        assert share == pytest.approx((30 + rows * 0.9) / (100 + rows), abs=1e-3)
