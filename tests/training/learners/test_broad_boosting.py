"""Broad boosting: an answer is a checked booster, and a level is not learnt as its customers' doing."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.booster_text import check_booster_text
from scoring.release import booster_of
from training.learners.broad_boosting import broad_heads
from training.learners.model_kinds import Learner, Levels
from training.learners.target import CHURN, DAYS, ORDER, SPEND

_ROWS = 4_000
_NAMES = ("days_since_order", "days_since_first_order", "shopping_days_90d", "spend_90d")


@pytest.fixture(scope="module")
def learner() -> Learner:
    chance = np.random.default_rng(3)
    rows = chance.gamma(2.0, 20.0, (_ROWS, 4)).astype(np.float32)
    left = (chance.random(_ROWS) < 1 / (1 + np.exp(1.5 - rows[:, 0] / 30))).astype(np.float64)
    days = chance.poisson(2.0, _ROWS) * (1 - left)
    return Learner(_NAMES, rows, {"churn": left, "days": days, "spend": np.zeros(_ROWS)}, {}, rounds={"x": 1})


def test_an_answer_is_one_checked_booster_that_tells_who_leaves(learner: Learner) -> None:
    found = broad_heads([CHURN, SPEND], learner)
    (text,) = found.boosters.values()
    check_booster_text(text)
    (churn, spend) = found.heads
    score = churn.intercept + booster_of(text, len(_NAMES)).predict(learner.inputs, raw_score=True)
    assert np.mean(1 / (1 + np.exp(-score))) == pytest.approx(learner.labels["churn"].mean(), abs=0.02)
    assert np.corrcoef(score, learner.inputs[:, 0])[0, 1] > 0.9
    assert spend.booster is None and spend.intercept < -5  # nothing ever happened


def test_a_peak_that_some_rows_were_followed_over_is_not_learnt_as_everybodys(learner: Learner) -> None:
    peak = np.arange(_ROWS) % 2 == 0
    days = np.where(peak, 3.0, 1.0) * learner.labels["days"]
    offset = np.where(peak, np.log(3.0), 0.0)
    levels = Levels({DAYS.answer: {"orders": 1.0}}, {DAYS.answer: offset})
    leveled = Learner(_NAMES, learner.inputs, {**learner.labels, "days": days}, {}, levels=levels)
    found = broad_heads([DAYS], leveled)
    (head,), (text,) = found.heads, found.boosters.values()
    usual = np.exp(head.intercept + booster_of(text, len(_NAMES)).predict(learner.inputs, raw_score=True))
    assert head.level == {"orders": 1.0}
    assert usual.sum() / learner.labels["days"].sum() == pytest.approx(1, abs=0.05)


def test_who_stays_is_told_by_the_trees_of_who_leaves(learner: Learner) -> None:
    offset = np.where(np.arange(_ROWS) % 2 == 0, 0.5, 0.0)
    levels = Levels(
        {CHURN.answer: {"orders": -1.0}, ORDER.answer: {"orders": 1.0}}, {CHURN.answer: -offset, ORDER.answer: offset}
    )
    alone, shared = (replace(learner, levels=levels, grown={}) for _ in range(2))
    leaves = broad_heads([CHURN], shared)
    for found in (broad_heads([ORDER], alone), broad_heads([ORDER], shared)):
        (head,), (text,) = found.heads, found.boosters.values()
        (other,), (theirs,) = leaves.heads, leaves.boosters.values()
        stays, goes = (booster_of(one, len(_NAMES)).predict(learner.inputs, raw_score=True) for one in (text, theirs))
        assert head.level == {"orders": 1.0} and head.booster == "order_probability.txt"
        np.testing.assert_allclose(head.intercept + head.slope * stays, -(other.intercept + goes), atol=1e-9)
    assert broad_heads([ORDER], shared).boosters["order_probability.txt"] == theirs
