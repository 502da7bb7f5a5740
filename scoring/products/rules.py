"""Plain rules that rank products: what trees must beat, and what ranks where they do not."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.model import Steps, Term
from scoring.products.columns import PAIRS
from scoring.products.pairs import POPULAR, Pairs
from scoring.scorer import addend

_LAST = float(np.log1p(POPULAR))  # without a place among what sells: as the last
_SELLS = Term("popular_place", -0.5, _LAST, log=True)
_FILLED = Term("popular_place", -1e-4, _LAST, log=True)  # parts what a rule says nothing of, or the same

FREQUENCY, POPULARITY = "decayed_frequency", "popular"
BASKETS, ITEMS, LINEAR = "nearest_baskets", "item_neighbours", "linear_model"
WAYS = (FREQUENCY, POPULARITY, BASKETS, ITEMS, LINEAR)

# Own products, the first of them stands where no other is better.
REPEATS: Mapping[str, tuple[Term, ...]] = {
    FREQUENCY: (Term("own_weight", 1.0, log=True),),
    # As TIFU-KNN mixes them: neighbours count three parts to seven of the customer's own ten orders.
    BASKETS: (Term("own_weight", 1.0), Term("neighbours", 4.0)),
}
DISCOVERIES: Mapping[str, tuple[Term, ...]] = {
    POPULARITY: (_SELLS,),
    BASKETS: (Term("neighbours", 1.0), _FILLED),
    ITEMS: (Term("kindred", 1.0), _FILLED),
    LINEAR: (Term("linear", 1.0), _FILLED),
}


def rule_score(matrix: NDArray[np.float32], rule: tuple[Term | Steps, ...]) -> NDArray[np.float64]:
    """A rule's scores of pairs (m, PAIRS): higher comes first."""
    parts = [addend(term, matrix[:, PAIRS.index(term.feature)].astype(np.float64)) for term in rule]
    score: NDArray[np.float64] = np.sum(parts, axis=0)
    return score


def listed(found: Pairs, way: str) -> NDArray[np.float64]:
    """A rule's scores of pairs in one list: nearest baskets as they are, else own products before all others."""
    if way == BASKETS:
        return rule_score(found.matrix, (*REPEATS[BASKETS], _FILLED))
    rule = DISCOVERIES[POPULARITY if way == FREQUENCY else way]
    others = expit(rule_score(found.matrix, rule))
    own = rule_score(found.matrix, REPEATS[FREQUENCY])
    return np.where((found.own >= 0) & (way != POPULARITY), 2.0 + own, others)
