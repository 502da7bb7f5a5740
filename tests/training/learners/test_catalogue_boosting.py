"""Boosting over the whole catalogue: where it is open, and that a level is not learnt as its customers' doing."""

import numpy as np
import pytest

from scoring.release import booster_of
from training.learners.baselines import churn_baselines
from training.learners.catalogue_boosting import CATALOGUE_BOOSTING, catalogue_head
from training.learners.model_kinds import Learner, Levels
from training.learners.target import DAYS

PACE = {
    "days_since_order": "days_since_order",
    "days_since_first_order": "days_since_first_order",
    "shopping_days": "shopping_days_90d",
    "spend": "spend_90d",
}
_ROWS = 6_000


@pytest.fixture(scope="module")
def learner() -> Learner:
    chance = np.random.default_rng(3)
    rows = chance.gamma(2.0, 20.0, (_ROWS, 4)).astype(np.float32)
    left = (chance.random(_ROWS) < 1 / (1 + np.exp(1.5 - rows[:, 0] / 30))).astype(np.float64)
    days = chance.poisson(2.0, _ROWS) * (1 - left)
    return Learner(tuple(PACE.values()), rows, {"churn": left, "days": days}, PACE)


def test_the_whole_catalogue_is_boosted_where_outcomes_are_enough(learner: Learner) -> None:
    few = Learner(learner.names, learner.inputs[:600], {"churn": learner.labels["churn"][:600]}, PACE)
    assert CATALOGUE_BOOSTING in churn_baselines(learner, learner)
    assert CATALOGUE_BOOSTING not in churn_baselines(few, few)


def test_boosting_over_the_catalogue_is_placed_by_the_level_where_it_serves(learner: Learner) -> None:
    """Half of the rows were followed over a peak: their outcomes are not learnt as everybody's."""
    peak = np.arange(_ROWS) % 2 == 0
    days = np.where(peak, 3.0, 1.0) * learner.labels["days"]
    offset = np.where(peak, np.log(3.0), 0.0)
    levels = Levels({DAYS.answer: {"orders": 1.0}}, {DAYS.answer: offset})
    leveled = Learner(learner.names, learner.inputs, {**learner.labels, "days": days}, PACE, levels=levels)
    head, text = catalogue_head(DAYS, leveled)
    booster = booster_of(text, len(learner.names))
    usual = np.exp(head.intercept + booster.predict(learner.inputs, raw_score=True))
    assert head.level == {"orders": 1.0}
    assert usual.sum() / learner.labels["days"].sum() == pytest.approx(1, abs=0.05)
