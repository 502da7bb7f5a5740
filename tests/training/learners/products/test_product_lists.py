"""Which plain rule ranks lists best, and when another ranking is surely better."""

import numpy as np
import pytest

from scoring.model import Term
from scoring.products.columns import PAIRS
from training.learners.products.product_lists import Part, best_rule, certainly_better

RULES = {
    "first": (Term("own_weight", 1.0),),
    "second": (Term("neighbours", 1.0),),
    "third": (Term("linear", 1.0),),
}


def _part(told_by: str, chance: np.random.Generator) -> Part:
    """Two hundred lists of eight products, of which the one with the most of a column was bought."""
    matrix = chance.random((1_600, len(PAIRS))).astype(np.float32)
    told = matrix[:, PAIRS.index(told_by)].reshape(200, 8)
    return Part(matrix, (told == told.max(axis=1, keepdims=True)).ravel().astype(np.float64), np.full(200, 8))


@pytest.mark.parametrize(("told_by", "best"), [("own_weight", "first"), ("neighbours", "second"), ("price", "first")])
def test_the_first_rule_stands_unless_another_is_surely_better(told_by: str, best: str) -> None:
    chance = np.random.default_rng(5)
    assert best_rule(RULES, [_part(told_by, chance) for _ in range(3)]) == best


def test_what_was_better_at_one_cutoff_and_worse_at_another_may_have_been_fashion() -> None:
    chance = np.random.default_rng(5)
    assert best_rule(RULES, [_part("neighbours", chance), _part("own_weight", chance)]) == "first"
    assert best_rule(RULES, [_part("neighbours", chance)]) == "first"


@pytest.mark.parametrize(
    ("gains", "sure"),
    [
        ([[0.1, 0.2, 0.1], [0.2, 0.1, 0.1]], True),
        ([[0.1, 0.2, 0.1], [-0.2, 0.1, 0.0]], False),  # worse at one
        ([[0.9, -0.8, 0.1], [0.9, -0.8, 0.1]], False),  # within chance
        ([[0.1, 0.2, 0.1], []], False),
    ],
)
def test_gains_are_sure_at_two_cutoffs_and_together(gains: list[list[float]], sure: bool) -> None:
    assert certainly_better([np.array(gain) for gain in gains]) == sure


def test_lists_with_nothing_bought_teach_no_order() -> None:
    part = Part(np.zeros((4, len(PAIRS)), np.float32), np.array([0.0, 1.0, 0.0, 0.0]), np.array([2, 2]))
    assert part.telling().sizes.tolist() == [2] and part.telling().truth.tolist() == [0.0, 1.0]
