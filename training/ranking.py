"""Fits a ranking: two LambdaRank boosters, one over what the customer bought before and one over what is new.

What speaks for a repeat (its own rhythm) says nothing of a discovery. Each is calibrated to the probability of being
bought, and there the two meet in one list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from serving.pair_columns import OWN_ONLY, PAIRS, REFERENCES
from serving.pairs import Pairs
from serving.ranking import DISCOVERY, REPEAT, TASK
from serving.release import Head, Model, Term, booster_of
from training.calibration import calibrated
from training.purchases import Array, Scope, Window, some
from training.rungs import GRADIENT_BOOSTING

Part = tuple[NDArray[np.float32], Array, NDArray[np.int64]]  # matrix, what was bought, sizes of the lists

K = 10
FEWEST = 500  # products bought again, below which own frequency ranks as well
_CUSTOMERS = 1_500  # of each cutoff, that a fit learns from
_ROUNDS = 40
_SETTINGS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 2 * K,
    "learning_rate": 0.15,
    "num_leaves": 8,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}
_POPULAR = Term("popular_place", -0.5, centre=3.0, log=True)  # what ranks discoveries where too few were made


def fit_ranking(scope: Scope, windows: Sequence[Window]) -> tuple[Model, Mapping[str, str]]:
    """The model learnt from some windows, boosters loaded, and the boosters' texts by file name."""
    chosen = [_sampled(window) for window in windows]
    heads, texts = [], {}
    for name, repeats in ((REPEAT, True), (DISCOVERY, False)):
        head, text = _head(name, [_part(found, truth, repeats) for found, truth in chosen], scope.threads)
        heads.append(head)
        if head.booster:
            texts[head.booster] = text
    model = Model(
        task=TASK,
        shop=scope.shop.name,
        rung=GRADIENT_BOOSTING,
        horizon_days=scope.horizon_days,
        active_within_days=scope.active_within_days,
        until=f"{scope.until:%Y-%m-%d}",
        data_from=f"{scope.data_from:%Y-%m-%d}",
        cutoffs=tuple(f"{window.cutoff:%Y-%m-%d}" for window in windows),
        features=REFERENCES,
        derived=(),
        parameters={},
        heads=tuple(heads),
        boosters={name: booster_of(text, len(PAIRS)) for name, text in texts.items()},
    )
    return model, texts


def _head(name: str, parts: Sequence[Part], threads: int) -> tuple[Head, str]:
    matrix, truth, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    file = f"{name}.txt"
    if truth.sum() < FEWEST:
        head = Head(name, "logit", terms=(_POPULAR,))
        text, score = "", _rules_score(head, matrix)
    else:
        text = _boosted(matrix, truth, sizes, threads)
        head = Head(name, "logit", booster=file)
        score = np.asarray(booster_of(text, len(PAIRS)).predict(matrix, raw_score=True, num_threads=threads))
    # The scores of a ranking have no scale of their own: nothing is believed of it beforehand.
    affine = calibrated(truth, score, "logit", intercept_spread=10.0, slope_spread=10.0)
    return replace(head, intercept=affine.intercept, slope=affine.slope), text


def _boosted(matrix: NDArray[np.float32], truth: Array, sizes: NDArray[np.int64], threads: int) -> str:
    """LambdaRank over the lists with something bought: from others no order can be learnt."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    telling = np.bincount(owner, truth, len(sizes)) > 0
    rows = telling[owner]
    train = lgb.Dataset(matrix[rows], truth[rows], group=sizes[telling], feature_name=list(PAIRS))
    leaf = int(np.clip(rows.sum() // 2_000, 20, 200))
    settings = {**_SETTINGS, "min_data_in_leaf": leaf, "num_threads": threads}
    return str(lgb.train(settings, train, _ROUNDS).model_to_string())


def _rules_score(head: Head, matrix: NDArray[np.float32]) -> Array:
    (term,) = head.terms
    values = np.log1p(matrix[:, PAIRS.index(term.feature)].astype(np.float64))
    return term.weight * np.where(np.isnan(values), 0.0, values - term.centre)


def _sampled(window: Window) -> tuple[Pairs, NDArray[np.bool_]]:
    return window.pairs(some(np.arange(len(window.customers)), _CUSTOMERS))


def _part(found: Pairs, truth: NDArray[np.bool_], repeats: bool) -> Part:
    kept = (found.own >= 0) == repeats
    matrix = found.matrix[kept]
    if not repeats:  # what is said of own purchases is missing for every discovery
        matrix[:, [PAIRS.index(name) for name in OWN_ONLY]] = np.nan
    _, sizes = np.unique(found.owner[kept], return_counts=True)
    return matrix, truth[kept].astype(np.float64), sizes
