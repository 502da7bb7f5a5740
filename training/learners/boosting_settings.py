"""Which settings of boosting a user may choose, and within which bounds."""

import math
from collections.abc import Mapping

from training.learners.boosting import LEAF
from training.task import TaskError

# setting → smallest and largest value; the rest of LightGBM's is ours: objective, threads, constraints, determinism
CHOOSABLE: Mapping[str, tuple[float, float]] = {
    "learning_rate": (0.001, 1.0),
    "num_leaves": (2, 1024),
    "max_depth": (1, 12),
    "max_bin": (3, 255),
    "lambda_l1": (0.0, 1e6),
    "lambda_l2": (0.0, 1e6),
    "min_gain_to_split": (0.0, 1e6),
    "feature_fraction": (0.01, 1.0),
    "bagging_fraction": (0.01, 1.0),
    "bagging_freq": (0, 100),
    "seed": (0, 2**31 - 1),
    LEAF: (0.01, 100.0),
}
_WHOLE = ("num_leaves", "max_depth", "max_bin", "bagging_freq", "seed")


def checked_settings(given: Mapping[str, float]) -> dict[str, float]:
    """The settings as LightGBM takes them.

    Parameters
    ----------
    given : mapping     LightGBM's names, and "leaf": how many times ours the fewest rows of a leaf are

    Raises
    ------
    TaskError   if a name is not to be chosen, or a value is out of bounds or no number
    """
    return {name: _checked(name, value) for name, value in given.items()}


def _checked(name: str, value: float) -> float:
    if name not in CHOOSABLE:
        raise TaskError(f"{name!r} is no setting of boosting to choose. Choose among {', '.join(CHOOSABLE)}.")
    low, high = CHOOSABLE[name]
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    whole = name in _WHOLE
    if not number or not low <= value <= high or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise TaskError(f"{name} = {value!r} must be {kind} from {low:g} to {high:g}. Mend it in [train] or settings.")
    return int(value) if whole else float(value)
