"""Boosting over the whole catalogue as a baseline: where it is open."""

import numpy as np
import pytest

from training.learners.baselines import churn_baselines
from training.learners.catalogue_boosting import CATALOGUE_BOOSTING
from training.learners.model_kinds import Learner

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
