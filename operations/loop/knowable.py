"""What could be known of the truth, about: the hidden worth of messages, told by what the shop knows of people.

Much of what makes a message work leaves no trace in any table – how curious somebody is, who has silently gone –, so
that the optimum, which knows it, is out of everybody's reach. Here trees learn the hidden worth itself, from the inputs
that effects are learnt by, and tell it of people they have not seen. No noise of outcomes stands between, so what the
best choice by them is worth is about what a policy that decides by these inputs can come to; more people would tell
a little more.
"""

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from operations.loop.made_shop import Array, Matrix

_FOLDS, _ROUNDS = 3, 150
_SETTINGS: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
    "feature_fraction": 0.6,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}


def knowable(inputs: Matrix, truth: Array, may: NDArray[np.bool_], threads: int) -> Array:
    """What each action is worth to each customer as far as inputs tell, (n, actions); −inf where none may be sent.

    Parameters
    ----------
    inputs : (n, p)
    truth : (n, actions)    finite where `may`
    """
    told = np.full(truth.shape, -np.inf)
    folds = np.random.default_rng(0).permutation(len(inputs)) % _FOLDS
    settings = {**_SETTINGS, "num_threads": threads}
    for fold in range(_FOLDS):
        here, rest = may & (folds == fold), may & (folds != fold)
        if not here.any() or not rest.any():
            continue
        for action in range(truth.shape[1]):
            known = lgb.Dataset(inputs[rest], truth[rest, action])
            told[here, action] = lgb.train(settings, known, _ROUNDS).predict(inputs[here])
    return told
