"""Small trees for effects: an effect is far less than an outcome's noise, so they are shallow, few and shrunk."""

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

ROUNDS = 60
_SETTINGS: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.06,
    "num_leaves": 6,
    "max_depth": 3,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}
_PARTS, _LEAF = 40, 15  # a leaf holds a fortieth of the rows, and no fewer than fifteen


def grow(
    inputs: NDArray[np.float32], target: NDArray[np.float64], threads: int, weights: NDArray[np.float64] | None = None
) -> lgb.Booster:
    """Boost a number on inputs; missing inputs are a side of a split like any other.

    Parameters
    ----------
    weights : (n,)      how much each row counts, of which the mean is 1; alike by default
    """
    leaf = max(_LEAF, len(target) // _PARTS)
    settings = {**_SETTINGS, "min_data_in_leaf": leaf, "num_threads": threads}
    return lgb.train(settings, lgb.Dataset(inputs, target, weight=weights, free_raw_data=True), ROUNDS)
