"""Plain rules on pairs written out by hand."""

import numpy as np
import pytest

from scoring.products.columns import PAIRS
from scoring.products.pairs import Pairs
from scoring.products.rules import BASKETS, FREQUENCY, ITEMS, LINEAR, POPULARITY, listed

PRODUCTS = (
    # own place or −1, and what is known of it
    (0, {"own_weight": 2.0, "popular_place": 3, "neighbours": 0.1}),
    (1, {"own_weight": 0.5, "neighbours": 0.9}),
    (-1, {"popular_place": 0, "neighbours": 0.8}),
    (-1, {"popular_place": 1, "kindred": 0.2}),
    (-1, {"linear": 0.4, "kindred": 0.1}),
)


def _pairs() -> Pairs:
    matrix = np.full((len(PRODUCTS), len(PAIRS)), np.nan, dtype=np.float32)
    for row, (_, told) in enumerate(PRODUCTS):
        for name, value in told.items():
            matrix[row, PAIRS.index(name)] = value
    own = np.array([own for own, _ in PRODUCTS])
    return Pairs(np.zeros(len(own), np.int64), np.arange(len(own)), own, matrix)


@pytest.mark.parametrize(
    ("way", "order"),
    [
        (FREQUENCY, [0, 1, 2, 3, 4]),
        (POPULARITY, [2, 3, 0]),
        (ITEMS, [0, 1, 3, 4, 2]),
        (LINEAR, [0, 1, 4, 2, 3]),
        (BASKETS, [1, 2, 0, 3, 4]),  # .5 + 3.6, 3.2, 2 + .4, then what sells
    ],
)
def test_each_rule_lists_by_its_own_measure_and_fills_with_what_sells(way: str, order: list[int]) -> None:
    found = np.argsort(-listed(_pairs(), way), kind="stable").tolist()
    assert found[: len(order)] == order
