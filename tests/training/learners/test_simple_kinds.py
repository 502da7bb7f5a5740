"""A baseline that may serve answers as the baseline beside the model did."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from scoring.release import FeatureRef, Model, booster_of
from scoring.scorer import Scorer, linear_score
from training.learners.baselines import churn_baselines
from training.learners.model_kinds import Learner, Levels
from training.learners.simple_kinds import RFM_REGRESSION, SERVABLE, heads_of, inputs_of
from training.learners.target import CHURN, DAYS, ORDER, SPEND

PACE = {
    "days_since_order": "days_since_order",
    "days_since_first_order": "days_since_first_order",
    "shopping_days": "shopping_days_90d",
    "spend": "spend_90d",
}
_ROWS = 6_000  # enough of each outcome for boosting over the whole catalogue


@pytest.fixture(scope="module")
def learner() -> Learner:
    chance = np.random.default_rng(3)
    rows = chance.gamma(2.0, 20.0, (_ROWS, 4)).astype(np.float32)
    left = (chance.random(_ROWS) < expit(rows[:, 0] / 30 - 1.5)).astype(np.float64)
    days = chance.poisson(2.0, _ROWS) * (1 - left)
    return Learner(tuple(PACE.values()), rows, {"churn": left, "days": days, "spend": 20 * days}, PACE)


@pytest.mark.parametrize("kind", [kind for kind in SERVABLE if kind != RFM_REGRESSION])  # that is one of amounts
def test_it_gives_the_baselines_answers_and_reasons_that_add_up(kind: str, learner: Learner) -> None:
    names = [name for name in learner.names if name in inputs_of(kind, [CHURN], PACE, learner.names)]
    narrow = Learner(tuple(names), learner.inputs[:, [learner.names.index(n) for n in names]], learner.labels, PACE)
    found = heads_of(kind, [CHURN], narrow)
    refs = tuple(FeatureRef(name, "print") for name in names)
    boosters = {name: booster_of(text, len(names)) for name, text in found.boosters.items()}
    model = Model("churn", "s", kind, 28, 91, "2026-06-01", "2025-01-01", ("2026-05-01",), refs, (), {}, found.heads)
    scorer = Scorer([Model(**{**vars(model), "boosters": boosters})], refs)

    answer = scorer.answers(narrow.inputs)["churn_probability"]
    beside = churn_baselines(learner, learner)[kind]["churn_probability"]
    np.testing.assert_allclose(answer, beside, atol=1e-6)
    reasons = scorer.reasons(narrow.inputs)
    np.testing.assert_allclose(expit(reasons.baseline + reasons.effects.sum(axis=1)), answer, atol=1e-6)


def test_plain_trees_answer_each_head_and_say_nothing_of_what_never_happened(learner: Learner) -> None:
    nothing = Learner(learner.names, learner.inputs, {**learner.labels, "spend": np.zeros(_ROWS)}, PACE)
    found = heads_of("plain_boosting", [ORDER, DAYS, SPEND], nothing)
    assert set(found.boosters) == {"order_probability.txt", "expected_shopping_days.txt"}
    assert found.heads[2].booster is None
    assert np.exp(found.heads[2].intercept) == pytest.approx(0.5 / _ROWS)


@pytest.mark.parametrize("kind", ["plain_boosting", RFM_REGRESSION])
def test_a_peak_that_some_rows_were_followed_over_is_not_taken_for_the_usual(kind: str, learner: Learner) -> None:
    peak = np.arange(_ROWS) % 2 == 0
    labels = {**learner.labels, "days": np.where(peak, 3.0, 1.0) * learner.labels["days"]}
    levels = Levels({DAYS.answer: {"orders": 1.0}}, {DAYS.answer: np.where(peak, np.log(3.0), 0.0)})
    found = heads_of(kind, [DAYS], replace(learner, labels=labels, levels=levels))
    (head,) = found.heads
    boosters = {name: booster_of(text, len(learner.names)) for name, text in found.boosters.items()}
    refs = tuple(FeatureRef(name, "print") for name in learner.names)
    model = Model("next_purchase", "s", kind, 28, 91, "2026-06-01", "2025-01-01", (), refs, (), {}, found.heads)
    usual = np.exp(linear_score(replace(model, boosters=boosters), head, learner.inputs, 1))
    assert head.level == {"orders": 1.0}
    assert usual.sum() / learner.labels["days"].sum() == pytest.approx(1, abs=0.05)
