"""Fits a ranking: two boosters, one over what the customer bought before and one (LambdaRank) over what is new.

What speaks for a repeat (its own rhythm) says nothing of a discovery. The best plain rule stands beside a booster, or
in its place, as later cutoffs are ranked best. Each is calibrated to the probability of being bought, and there the
two meet in one list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from scoring.model import Steps, Term
from scoring.products.columns import PAIRS, REFERENCES
from scoring.products.ranker import DISCOVERY, REPEAT, TASK
from scoring.products.rules import DISCOVERIES, REPEATS, rule_score
from scoring.release import Head, Model, booster_of
from training.data.product_windows import Array, Scope, Window
from training.learners.boosting import LEAF
from training.learners.calibration import calibrated
from training.learners.model_kinds import GRADIENT_BOOSTING, RULES
from training.learners.products.product_lists import K, Part, best_rule, certainly_better, part_of, together

FEWEST = 500  # products bought at all cutoffs together, below which nothing is learnt
_FEWEST_OF_TREES = 200  # of them repeats or discoveries among the candidates, below which no trees are grown
_SCALED_BY = 50_000  # pairs: how far apart trees put them is settled by then
_ROUNDS = 40
# Of what is new, more of these never speaks against a product: else trees follow what a few weeks happened to sell.
_MORE_IS_BETTER = ("popularity_28d", "popularity_7d", "neighbours", "kindred", "linear", "companion")
_FIRST_IS_BETTER = ("popular_place", "store_place", "segment_place")
# Lasting properties of a product tell which one it is: trees would know by heart what sold well in the windows learnt.
_TELLS_WHICH = ("price", "usual_gap", "reach", "repeat_share", "category_share", "trend")
# What comes again has a probability of its own and is ranked best by it; what is new is told apart only within a list.
_OBJECTIVES: Mapping[str, Mapping[str, object]] = {
    REPEAT: {"objective": "binary"},
    DISCOVERY: {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 2 * K,
        "monotone_constraints": [(one in _MORE_IS_BETTER) - (one in _FIRST_IS_BETTER) for one in PAIRS],
    },
}
_LEAF = {REPEAT: 1, DISCOVERY: 3}  # the same few products stand on everybody's list of what is new
_SETTINGS = {
    "learning_rate": 0.15,
    "num_leaves": 8,
    "feature_fraction": 0.7,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}
_WITHIN = 0.2  # by how much the log-odds of what stands on one step may differ
_EDGES = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_RULE, _TREES, _BOTH = "rule", "trees", "both"  # what a head is made of
_RULES = {REPEAT: REPEATS, DISCOVERY: DISCOVERIES}


@dataclass(frozen=True)
class Grower:
    """How trees of a ranking are grown: threads, and settings other than ours, checked before."""

    threads: int = 1
    settings: Mapping[str, float] = field(default_factory=dict)

    def boosted(self, name: str, part: Part) -> str:
        """The booster's text of the head of this name, over the lists with something bought."""
        part = part.telling()
        train = lgb.Dataset(_told(name, part.matrix), part.truth, group=part.sizes, feature_name=list(PAIRS))
        given = dict(self.settings)
        leaf = int(np.clip(len(part.truth) // 2_000, 20, 200) * _LEAF[name] * given.pop(LEAF, 1.0))
        own = {"min_data_in_leaf": max(leaf, 1), "num_threads": self.threads}
        return str(lgb.train({**_SETTINGS, **_OBJECTIVES[name], **own, **given}, train, _ROUNDS).model_to_string())

    def score(self, text: str, matrix: NDArray[np.float32]) -> Array:
        """What the trees say of pairs, on a scale of their own."""
        return np.asarray(booster_of(text, len(PAIRS)).predict(matrix, raw_score=True, num_threads=self.threads))


def _told(name: str, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """What trees of this head see: of what is new, nothing that tells which product it is."""
    if name == REPEAT:
        return matrix
    shown = matrix.copy()
    shown[:, [PAIRS.index(one) for one in _TELLS_WHICH]] = np.nan
    return shown


def fit_ranking(scope: Scope, windows: Sequence[Window]) -> tuple[Model, Mapping[str, str]]:
    """The model learnt from some windows, boosters loaded, and the boosters' texts by file name."""
    chosen, grower = [window.learnable for window in windows], Grower(scope.threads, scope.boosting)
    heads, texts = [], {}
    for name, repeats in ((REPEAT, True), (DISCOVERY, False)):
        head, text = _head(name, [part_of(found, truth, repeats) for found, truth in chosen], grower)
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


def _head(name: str, parts: Sequence[Part], grower: Grower) -> tuple[Head, str]:
    whole = together(parts)
    rule = _RULES[name][best_rule(_RULES[name], parts)]
    kind = _kind(name, rule, parts, grower)
    text = grower.boosted(name, whole) if kind != _RULE else ""
    trees = grower.score(text, whole.matrix) if text else np.zeros(len(whole.truth))
    head = _made(name, kind, rule, whole, trees)
    # The scores of a ranking have no scale of their own, so there is no prior on their size.
    affine = calibrated(whole.truth, _score(head, whole, trees), "logit", intercept_spread=10.0, slope_spread=10.0)
    return replace(head, intercept=affine.intercept, slope=affine.slope), text


def _kind(name: str, rule: tuple[Term, ...], parts: Sequence[Part], grower: Grower) -> str:
    """What ranks best at cutoffs after those it learnt from: the rule, unless trees or both gain, and not by chance."""
    if sum(part.truth.sum() for part in parts) < _FEWEST_OF_TREES:
        return _RULE
    gains: dict[str, list[Array]] = {_TREES: [], _BOTH: []}
    for number, newer in enumerate(parts[1:], start=1):
        learnt = together(parts[:number])
        if not learnt.truth.any():
            continue
        text = grower.boosted(name, learnt)
        some_pairs = learnt.matrix[:: max(1, len(learnt.matrix) // _SCALED_BY)]
        own, ahead = (grower.score(text, matrix) for matrix in (some_pairs, newer.matrix))
        plain = newer.ndcg(rule_score(newer.matrix, rule))
        for kind, found in gains.items():
            found.append(newer.ndcg(_score(_made(name, kind, rule, learnt, own), newer, ahead)) - plain)
    better = [kind for kind, found in gains.items() if certainly_better(found, by=1.0)]
    return max(better, key=lambda kind: float(np.concatenate(gains[kind]).mean()), default=_RULE)


def _made(name: str, kind: str, rule: tuple[Term, ...], part: Part, trees: Array) -> Head:
    """An answer by the rule, by trees with these scores of the part or of some of it, or by both with a say alike."""
    plain, booster = rule_head(name, rule, part), f"{name}.txt"
    if kind == _RULE:
        return plain
    if kind == _TREES:
        return Head(name, "logit", booster=booster)
    scale = float(trees.std() / max(rule_score(part.matrix, plain.addends).std(), 1e-9))
    terms = tuple(replace(term, weight=term.weight * scale) for term in plain.terms)
    steps = tuple(
        replace(one, values=tuple(value * scale for value in one.values), missing=one.missing * scale)
        for one in plain.steps
    )
    return replace(plain, booster=booster, terms=terms, steps=steps)


def _score(head: Head, part: Part, trees: Array) -> Array:
    score = trees if head.booster else np.zeros(len(part.truth))
    return score + rule_score(part.matrix, head.addends) if head.addends else score


def rule_head(name: str, rule: tuple[Term, ...], part: Part) -> Head:
    """A rule as an answer: its order, on the scale of log-odds.

    A strength is no logarithm of odds: what a rule is surest of would come out as all but certain. So a rule that ranks
    by one strength gets a step for each range of it, and its own score only parts what stands on one step.
    """
    if rule[0].log or name == REPEAT:
        return Head(name, "logit", terms=rule)
    score = rule_score(part.matrix, rule)
    small = _WITHIN / max(float(np.ptp(score)), 1e-9)
    terms = tuple(replace(term, weight=term.weight * small) for term in rule)
    return Head(name, "logit", terms=terms, steps=(_steps(part, rule[0]),))


def _steps(part: Part, term: Term) -> Steps:
    """Log-odds of being bought by the value of a column, never against the term's order."""
    values, upwards = part.matrix[:, PAIRS.index(term.feature)], term.weight > 0
    missing = np.isnan(values)
    edges = np.unique(np.quantile(values[~missing], _EDGES)) if not missing.all() else np.zeros(1)
    bins = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="right"))
    count, bought = (np.bincount(bins, weights, len(edges) + 2) for weights in (None, part.truth))
    odds = np.where(count > 0, np.log((bought + 0.5) / (count - bought + 0.5)), -np.inf)
    least = float(odds[np.isfinite(odds)].min())
    known = np.maximum(np.maximum.accumulate(odds[:-1] if upwards else odds[-2::-1]), least)
    return Steps(term.feature, tuple(edges.tolist()), tuple((known if upwards else known[::-1]).tolist()), least)
