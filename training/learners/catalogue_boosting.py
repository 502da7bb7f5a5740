"""Plain gradient boosting over the whole catalogue: what anybody would try first with our columns.

It is LightGBM with small steps and nothing else: no regression to start from, no inputs selected, no
number of trees chosen, no calibration, no level of the period. Broad boosting competes in its place to serve.
"""

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.learners.boosting import SETTINGS
from training.learners.model_kinds import OUTCOMES_TO_BOOST, Learner
from training.learners.target import CHURN, Target

Array = NDArray[np.float64]

CATALOGUE_BOOSTING = "catalogue_boosting"
_ROUNDS = 350
_SETTINGS = {
    **{name: SETTINGS[name] for name in ("deterministic", "force_row_wise", "verbose", "seed", "max_bin")},
    "learning_rate": 0.025,
    "num_leaves": 15,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


def is_open(learner: Learner) -> bool:
    """Whether there are as many outcomes of each kind as boosting needs, rows that share one counted once."""
    left = learner.labels[CHURN.label]
    return bool(min(left.sum(), len(left) - left.sum()) >= OUTCOMES_TO_BOOST * learner.overlap)


def catalogue_scores(target: Target, learner: Learner, test: Learner) -> Array:
    """The scores of the test's rows, by a booster trained on all inputs there are; array (n,)."""
    booster = _trained(target, learner)
    return np.asarray(booster.predict(test.inputs, raw_score=True, num_threads=learner.threads), dtype=np.float64)


def _trained(target: Target, learner: Learner) -> lgb.Booster:
    rows = lgb.Dataset(learner.inputs, target.truth(learner.labels), feature_name=list(learner.names))
    return lgb.train({**_SETTINGS, **target.objective, "num_threads": learner.threads}, rows, _ROUNDS)
