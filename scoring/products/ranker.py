"""Which of the products in question a customer likely buys: by the model, or by plain rules where there is none."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.errors import ReleaseError
from scoring.products.columns import PAIRS, REFERENCES
from scoring.products.pairs import Pairs
from scoring.release import Model
from scoring.scorer import head_score

TASK = "recommendation"
REPEAT, DISCOVERY = "recommend_repeat", "recommend_discovery"

Array = NDArray[np.float64]


class Ranker:
    """Scores of pairs; higher comes first.

    Parameters
    ----------
    model : the shop's model of the task `recommendation`; without one, own products come by how often they were
        bought, then what sells in the customer's store, then what sells anywhere

    Raises
    ------
    ReleaseError   if the model was trained on pairs that mean something else
    """

    def __init__(self, model: Model | None, *, threads: int = 1) -> None:
        if model is not None and model.features != REFERENCES:
            raise ReleaseError("The model of recommendations was trained on other columns than these. Train it again.")
        self._model = model
        self._heads = {head.name: head for head in model.heads} if model else {}
        self._threads = threads

    def scores(self, found: Pairs) -> Array:
        """The probability that each pair is bought within the horizon; by rules, only an order.

        Repeats and discoveries are ranked by trees of their own and meet on the scale of probability.
        """
        if self._model is None:
            return by_rules(found)
        scores = np.zeros(len(found.items))
        for name, rows in ((REPEAT, found.own >= 0), (DISCOVERY, found.own < 0)):
            scores[rows] = self._answer(name, found.matrix[rows])
        return scores

    def _answer(self, name: str, matrix: NDArray[np.float32]) -> Array:
        if self._model is None or not len(matrix):
            return np.zeros(len(matrix))
        head = self._heads[name]
        score = head_score(self._model, head, np.ascontiguousarray(matrix), self._threads)
        answer: Array = expit(head.intercept + head.slope * score)
        return answer


def by_rules(found: Pairs) -> Array:
    """Own products by decayed frequency, then what sells in the customer's store, then what sells anywhere."""
    names = ("own_place", "store_place", "popular_place")
    places = [found.matrix[:, PAIRS.index(name)].astype(np.float64) for name in names]
    scores = np.zeros(len(found.items))
    for rank, place in enumerate(reversed(places), start=1):
        scores = np.where(np.isnan(place), scores, rank + 1 / (1 + place))
    return scores


def top(owner: NDArray[np.int64], scores: Array, count: int, k: int) -> list[NDArray[np.int64]]:
    """For each of `count` customers, the places of their k best pairs, best first; ties in the order given."""
    order = np.lexsort((np.arange(len(owner)), -scores, owner))
    starts = np.searchsorted(owner[order], np.arange(count + 1))
    return [order[starts[i] : min(starts[i] + k, starts[i + 1])] for i in range(count)]


def only(found: Pairs, kept: NDArray[np.bool_]) -> Pairs:
    """Some of the pairs."""
    columns = {name: getattr(found, name)[kept] for name in ("owner", "items", "own", "matrix")}
    return replace(found, **columns)
