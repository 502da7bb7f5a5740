"""Lists of products as a ranking learns from them, and which plain rule ranks them best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from scoring.model import Term
from scoring.products.columns import OWN_ONLY, PAIRS
from scoring.products.pairs import Pairs
from scoring.products.rules import rule_score
from training.data.product_windows import Array
from training.evaluation.metrics.functions import ranked

K = 10
CERTAIN = 1.64  # standard errors by which another ranking must be better to take a simpler one's place


@dataclass(frozen=True)
class Part:
    """Lists of products, one after the other: repeats or discoveries of some customers at a cutoff or several.

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

    def telling(self) -> "Part":
        """The lists with something bought: from others no order can be learnt."""
        kept = np.bincount(self.owner, self.truth, len(self.sizes)) > 0
        rows = kept[self.owner]
        return Part(self.matrix[rows], self.truth[rows], self.sizes[kept])

    def ndcg(self, scores: Array) -> Array:
        """NDCG@10 of each list in which anything was bought."""
        wanted = np.bincount(self.owner, self.truth, len(self.sizes)).astype(np.float64)
        _, found = ranked(self.owner, scores, self.truth > 0, wanted, K)
        return found[wanted > 0]


def part_of(found: Pairs, truth: NDArray[np.bool_], repeats: bool) -> Part:
    """The repeats or the discoveries among pairs, a list a customer."""
    kept = (found.own >= 0) == repeats
    matrix = found.matrix[kept]
    if not repeats:  # what is said of own purchases is missing for every discovery
        matrix[:, [PAIRS.index(name) for name in OWN_ONLY]] = np.nan
    _, sizes = np.unique(found.owner[kept], return_counts=True)
    return Part(matrix, truth[kept].astype(np.float64), sizes)


def together(parts: Sequence[Part]) -> Part:
    """All lists of some parts."""
    return Part(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Part)))


def best_rule(rules: Mapping[str, tuple[Term, ...]], parts: Sequence[Part]) -> str:
    """The first rule, or the best of those that rank better than it at every cutoff and all together with certainty."""
    first, *others = rules
    told = {name: [part.ndcg(rule_score(part.matrix, rules[name])) for part in parts] for name in rules}
    gains = {name: [own - plain for own, plain in zip(told[name], told[first], strict=True)] for name in others}
    better = [name for name in others if certainly_better(gains[name])]
    return max(better, key=lambda name: float(np.concatenate(gains[name]).mean()), default=first)


def certainly_better(gains: Sequence[Array], *, by: float = CERTAIN) -> bool:
    """Whether gains, by cutoff, are above 0 at each of two cutoffs or more, and together by so many standard errors.

    Of one cutoff alone nobody can tell: customers of the same weeks share what was in fashion.
    """
    heard = [gain for gain in gains if len(gain)]
    if len(heard) < 2 or any(gain.mean() <= 0 for gain in heard):
        return False
    whole = np.concatenate(heard)
    return bool(whole.mean() > by * whole.std(ddof=1) / np.sqrt(len(whole)))
