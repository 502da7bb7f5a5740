"""Fits a ranking: two LambdaRank boosters, one over what the customer bought before and one over what is new.

What speaks for a repeat (its own rhythm) says nothing of a discovery. A booster that ranks the newest cutoff no better
than its plain rule gives way to it. Each is calibrated to the probability of being bought, and there the two meet in
one list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from scoring.products.columns import OWN_ONLY, PAIRS, REFERENCES
from scoring.products.pairs import POPULAR, Pairs
from scoring.products.ranker import DISCOVERY, REPEAT, TASK
from scoring.release import Head, Model, Term, booster_of
from training.data.product_windows import Array, Scope, Window, some
from training.evaluation.metrics import ranked
from training.learners.calibration import calibrated
from training.learners.model_kinds import GRADIENT_BOOSTING, RULES

K = 10
FEWEST = 500  # products bought, below which no trees are grown
_CUSTOMERS = 1_500  # of each cutoff, that a fit learns from
_CHOICE = 1_000  # lists are enough to tell whether trees are worth growing
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
# What ranks where trees do no better: own products by their frequency, discoveries by what sells.
_RULES = {
    REPEAT: Term("own_weight", 1.0, log=True),
    DISCOVERY: Term("popular_place", -0.5, float(np.log1p(POPULAR)), log=True),  # without a place: as the last
}


@dataclass(frozen=True)
class Part:
    """Lists of products, one after the other: repeats or discoveries of some customers at some cutoffs.

    Attributes
    ----------
    matrix : float32 (m, PAIRS)
    truth : array (m,)          1.0 where the product was bought
    sizes : array (lists,)      products of each list; they add up to m
    """

    matrix: NDArray[np.float32]
    truth: Array
    sizes: NDArray[np.int64]

    @property
    def owner(self) -> NDArray[np.int64]:
        """The list of each row, shape (m,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def every(self, step: int) -> "Part":
        """One list of so many."""
        rows = self.owner % step == 0
        return Part(self.matrix[rows], self.truth[rows], self.sizes[::step])

    def ndcg(self, scores: Array) -> Array:
        """NDCG@10 of each list in which anything was bought."""
        wanted = np.bincount(self.owner, self.truth, len(self.sizes)).astype(np.float64)
        _, found = ranked(self.owner, scores, self.truth > 0, wanted, K)
        return found[wanted > 0]


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
        model_kind=GRADIENT_BOOSTING if texts else RULES,
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
    whole = _together(parts)
    text = _boosted(whole, threads) if _worth_trees(name, parts, threads) else ""
    head = Head(name, "logit", booster=f"{name}.txt") if text else Head(name, "logit", terms=(_RULES[name],))
    score = _trees_score(text, whole.matrix, threads) if text else _rule_score(name, whole.matrix)
    # The scores of a ranking have no scale of their own: nothing is believed of it beforehand.
    affine = calibrated(whole.truth, score, "logit", intercept_spread=10.0, slope_spread=10.0)
    return replace(head, intercept=affine.intercept, slope=affine.slope), text


def _worth_trees(name: str, parts: Sequence[Part], threads: int) -> bool:
    """Whether trees grown on the earlier cutoffs rank the newest better than the rule by more than a standard error.

    Of one cutoff alone nobody can tell: customers of the same weeks share what was in fashion.
    """
    if len(parts) < 2 or sum(part.truth.sum() for part in parts) < FEWEST:
        return False
    learnt, newest = _together(parts[:-1]), parts[-1]
    learnt = learnt.every(max(1, len(learnt.sizes) // _CHOICE))
    if not learnt.truth.any():
        return False
    trees = _trees_score(_boosted(learnt, threads), newest.matrix, threads)
    gain = newest.ndcg(trees) - newest.ndcg(_rule_score(name, newest.matrix))
    return len(gain) > 1 and bool(gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)))


def _together(parts: Sequence[Part]) -> Part:
    return Part(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Part)))


def _boosted(part: Part, threads: int) -> str:
    """LambdaRank over the lists with something bought: from others no order can be learnt."""
    telling = np.bincount(part.owner, part.truth, len(part.sizes)) > 0
    rows = telling[part.owner]
    train = lgb.Dataset(part.matrix[rows], part.truth[rows], group=part.sizes[telling], feature_name=list(PAIRS))
    leaf = int(np.clip(rows.sum() // 2_000, 20, 200))
    settings = {**_SETTINGS, "min_data_in_leaf": leaf, "num_threads": threads}
    return str(lgb.train(settings, train, _ROUNDS).model_to_string())


def _trees_score(text: str, matrix: NDArray[np.float32], threads: int) -> Array:
    return np.asarray(booster_of(text, len(PAIRS)).predict(matrix, raw_score=True, num_threads=threads))


def _rule_score(name: str, matrix: NDArray[np.float32]) -> Array:
    term = _RULES[name]
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
    return Part(matrix, truth[kept].astype(np.float64), sizes)
