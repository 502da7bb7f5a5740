"""Gradient boosting on top of a regression, with small trees: as accurate here as large ones, much faster to explain.

The regression says what a few features say everywhere, so that trees need not learn it from few rows.

The settings were chosen by rolling-origin validation on the Complete Journey before 2017-09-04 (no test
window among it) and err on the regularised side, for shops with less data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.feature import FeatureColumn

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

ROUNDS = 75  # where no fold can tell
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.06,
    "max_bin": 63,
    "num_leaves": 8,
    "max_depth": 3,
    "lambda_l2": 20.0,  # where four rows share an outcome
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}
SELECTED = 40  # inputs a head keeps: as good as all in validation, and less to compute for one customer
_SELECTION_ROUNDS = 200  # fewer rank only the first few inputs well: with 50 spend ranks customers .001 worse
_SELECTION_ROWS = 60_000  # drawn at random: which inputs matter is settled long before how much
LEAF = "leaf"
OVERLAP = 4.0  # rows that share an outcome: weekly cutoffs, a horizon of 28 days
_PARTS = 300  # one leaf may hold as little as this part of the outcomes
_LEAF = (5, 25)  # and no fewer than the first, no more than the second

# stems whose value grows with the days since the latest order while everything else stays, and the reverse
_SILENCE = {
    "days_since_order": 1,
    "overdue_ratio": 1,
    "overdue_spreads": 1,
    "silence_ratio": 1,
    "btyd_no_order": 1,
    "btyd_orders": -1,
    "btyd_alive": -1,
    "btyd_spend": -1,
}


def silence_constraints(names: Sequence[str], sign: int) -> list[int]:
    """LightGBM's monotone constraints: the answer goes one way (`sign`) with silence, all else equal."""
    return [sign * with_silence(name) for name in names]


def with_silence(name: str) -> int:
    """+1 for an input that grows with the days since the latest order, −1 for one that falls, else 0."""
    return _SILENCE.get(_stem(name), 0)


def usable(columns: Iterable[FeatureColumn], history_days: int) -> set[str]:
    """Columns that mean the same at every training cutoff.

    A window longer than the history before the first cutoff is filled a little more at each cutoff: a count
    in it tells the cutoff, not the customer. It is left out where a shorter window says the same, and so are
    counts over everything; means, shares and rhythm, which do not grow with the window, stay.
    """
    columns = tuple(columns)
    shortest: dict[str, float] = {}
    for column in columns:
        days = column.days or float("inf")
        shortest[column.feature.name] = min(days, shortest.get(column.feature.name, float("inf")))
    return {column.name for column in columns if _comparable(column, history_days, shortest[column.feature.name])}


def select(
    inputs: Matrix,
    names: Sequence[str],
    truth: Array,
    start: Array,
    objective: dict[str, Any],
    allowed: set[str],
    *,
    threads: int,
    weight: Array | None = None,
    overlap: float = OVERLAP,
) -> set[str]:
    """The inputs that gain most when boosting with all that are allowed."""
    if len(inputs) > _SELECTION_ROWS:
        drawn = np.sort(np.random.default_rng(0).permutation(len(inputs))[:_SELECTION_ROWS])
        inputs, truth, start = inputs[drawn], truth[drawn], start[drawn]
        weight = None if weight is None else weight[drawn]
    booster = _train(inputs, names, truth, start, objective, allowed, None, _SELECTION_ROUNDS, threads, weight, overlap)
    gain = booster.feature_importance("gain")
    order = np.argsort(-gain, kind="stable")[:SELECTED]
    return {names[i] for i in order if gain[i] > 0}


def boost(
    inputs: Matrix,
    names: Sequence[str],
    truth: Array,
    start: Array,
    objective: dict[str, Any],
    allowed: set[str],
    *,
    rounds: int = ROUNDS,
    silence: int = 0,
    threads: int = 1,
    weight: Array | None = None,
    overlap: float = OVERLAP,
    settings: Mapping[str, float] | None = None,
) -> str:
    """Train a booster over all inputs that splits on the allowed ones only.

    Parameters
    ----------
    inputs : array (n, k), float32
    names : sequence of str, k
    truth : array (n,)
    start : array (n,)            the score to improve on; the booster's own score comes on top
    objective : dict              LightGBM's objective and its settings
    allowed : set of str
    silence : int                 +1 or −1 to make the answer rise or fall with silence; 0 leaves it free
    weight : array (n,), optional of the rows
    overlap : float               rows that share one outcome, ≥ 1
    settings : dict, optional     others than the default's: LightGBM's, and LEAF times the fewest rows of a leaf

    Returns
    -------
    str      the booster as LightGBM's text
    """
    constraints = silence_constraints(names, silence) if silence else None
    booster = _train(
        inputs, names, truth, start, objective, allowed, constraints, rounds, threads, weight, overlap, settings
    )
    return str(booster.model_to_string())


def _train(
    inputs: Matrix,
    names: Sequence[str],
    truth: Array,
    start: Array,
    objective: dict[str, Any],
    allowed: set[str],
    constraints: list[int] | None,
    rounds: int,
    threads: int,
    weight: Array | None,
    overlap: float,
    other: Mapping[str, float] | None = None,
) -> lgb.Booster:
    kept = inputs.copy()
    kept[:, [i for i, name in enumerate(names) if name not in allowed]] = 0.0  # a constant is never split on
    chosen = {**SETTINGS, **(other or {})}
    smallest = overlap * np.clip(len(kept) / overlap / _PARTS, *_LEAF) * chosen.pop(LEAF, 1.0)
    settings = {
        **chosen,
        **objective,
        "lambda_l2": chosen["lambda_l2"] * overlap / OVERLAP,
        "min_data_in_leaf": max(1, round(smallest)),
        "num_threads": threads,
    }
    if constraints and any(constraints):
        settings["monotone_constraints"] = constraints
    rows = lgb.Dataset(kept, truth, weight=weight, init_score=start, feature_name=list(names))
    return lgb.train(settings, rows, rounds)


def _comparable(column: FeatureColumn, history_days: int, shortest: float) -> bool:
    if column.empty != 0:
        return True
    return column.days is not None and (column.days <= history_days or column.days == shortest)


def _stem(name: str) -> str:
    stem, _, window = name.rpartition("_")
    return stem if window.endswith("d") and window[:-1].isdigit() else name
