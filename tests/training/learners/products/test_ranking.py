"""What trees of new products may learn: never against what speaks for one, and no product by heart."""

import numpy as np
import pytest

from scoring.products.columns import PAIRS
from scoring.products.ranker import DISCOVERY, REPEAT
from scoring.release import booster_of
from training.learners.products.product_lists import Part
from training.learners.products.ranking import Grower

LISTS, LENGTH = 300, 8


def _lists(told_by: str, *, least: bool) -> Part:
    """Lists whose product with the least or the most of a column was bought."""
    matrix = np.random.default_rng(4).random((LISTS * LENGTH, len(PAIRS))).astype(np.float32)
    told = matrix[:, PAIRS.index(told_by)].reshape(LISTS, LENGTH)
    best = told.min(axis=1, keepdims=True) if least else told.max(axis=1, keepdims=True)
    return Part(matrix, (told == best).ravel().astype(np.float64), np.full(LISTS, LENGTH))


def _inputs(text: str) -> set[str]:
    """The columns that a booster splits on."""
    gain = booster_of(text, len(PAIRS)).feature_importance("gain")
    return {PAIRS[i] for i in np.flatnonzero(gain)}


@pytest.mark.parametrize(
    ("column", "least"),
    [("linear", True), ("neighbours", True), ("popularity_7d", True), ("popular_place", False)],
)
def test_of_what_is_new_nothing_that_speaks_for_a_product_is_turned_against_it(column: str, least: bool) -> None:
    """Weeks that happened to sell the least popular do not make the next ones do so."""
    part = _lists(column, least=least)
    text = Grower().boosted(DISCOVERY, part)
    low, high = part.matrix.copy(), part.matrix.copy()
    low[:, PAIRS.index(column)], high[:, PAIRS.index(column)] = 0.1, 0.9
    gain = Grower().score(text, high) - Grower().score(text, low)
    assert (gain <= 0).all() if column == "popular_place" else (gain >= 0).all()


@pytest.mark.parametrize("column", ["price", "reach", "usual_gap"])
def test_trees_of_new_products_know_none_by_heart(column: str) -> None:
    part = _lists(column, least=False)
    assert column not in _inputs(Grower().boosted(DISCOVERY, part))
    assert column in _inputs(Grower().boosted(REPEAT, part))


def test_what_tells_new_products_apart_is_learnt() -> None:
    part = _lists("linear", least=False)
    ranks = part.ndcg(Grower().score(Grower().boosted(DISCOVERY, part), part.matrix))
    assert ranks.mean() > 0.95
