"""Plain gradient boosting over the whole catalogue: what anybody would try first with our columns.

It is LightGBM with small steps and nothing else: no regression to start from, no inputs selected, no
number of trees chosen, no calibration, no level of the period. Broad boosting competes in its place to serve.
"""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.learners.boosting import SETTINGS
from training.learners.model_kinds import OUTCOMES_TO_BOOST, Learner
from training.learners.target import CHURN, Target

Array = NDArray[np.float64]

CATALOGUE_BOOSTING = "catalogue_boosting"
_PACE = {"logit": (350, 0.025), "log": (175, 0.05)}  # by link: trees, and how far each goes; amounts lose nothing by it
_SETTINGS = {
    **{name: SETTINGS[name] for name in ("deterministic", "force_row_wise", "verbose", "seed", "max_bin")},
    "num_leaves": 15,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


def is_open(learner: Learner) -> bool:
    """Whether there are as many outcomes of each kind as boosting needs, rows that share one counted once."""
    left = learner.labels[CHURN.label]
    return bool(min(left.sum(), len(left) - left.sum()) >= OUTCOMES_TO_BOOST * learner.overlap)


def catalogue_scores(targets: Sequence[Target], learner: Learner, test: Learner) -> dict[str, Array]:
    """Answer → the scores of the test's rows, array (n,), by a booster trained on all inputs there are."""
    rows = lgb.Dataset(learner.inputs, feature_name=list(learner.names), params=_SETTINGS)
    return {target.answer: _scores(target, learner, rows, test) for target in targets}


def _scores(target: Target, learner: Learner, rows: lgb.Dataset, test: Learner) -> Array:
    rounds, rate = _PACE[target.link]
    settings = {**_SETTINGS, **target.objective, "learning_rate": rate, "num_threads": learner.threads}
    rows.set_label(target.truth(learner.labels))
    booster = lgb.train(settings, rows, rounds)
    return np.asarray(booster.predict(test.inputs, raw_score=True, num_threads=learner.threads), dtype=np.float64)
