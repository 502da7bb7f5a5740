"""Which of many comparisons are worse beyond what so many chances of a bad draw explain."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from scipy.stats import norm

from training.evaluation.bootstrap import Interval
from training.evaluation.metrics.metric import HIGHER

Key = TypeVar("Key", bound=Hashable)

END = 0.025  # what lies beyond one end of a 95 % interval
_WIDTH = 2 * float(norm.ppf(0.975))  # standard errors between the ends of a 95 % interval


def worse_beyond_chance(comparisons: Mapping[Key, tuple[Interval, str]]) -> frozenset[Key]:
    """The comparisons lost, by Holm's correction over all of them.

    Of forty ties one lies on the worse side of 0 with its whole 95 % interval: asked one by one, a model that
    loses to nobody fails more often than not.

    Parameters
    ----------
    comparisons : key → (model − other with its 95 % interval, which way is better: "higher" or "lower")

    Returns
    -------
    frozenset of keys     empty 97.5 times in 100 for a model that loses to nobody

    Source
    ------
    Holm (1979), "A simple sequentially rejective multiple test procedure"; each comparison one-sided, the bootstrap's
    error taken as normal: two hundred draws tell a standard error, and no chance as small as is asked for.
    """
    chances = {key: _chance(interval, better) for key, (interval, better) in comparisons.items()}
    found = set()
    for place, key in enumerate(sorted(chances, key=lambda one: chances[one])):
        if chances[key] > END / (len(chances) - place):
            break
        found.add(key)
    return frozenset(found)


def _chance(interval: Interval, better: str) -> float:
    """How likely a difference as bad as this is where there is none."""
    loss = -interval.value if better == HIGHER else interval.value
    error = (interval.high - interval.low) / _WIDTH
    if error <= 0:
        return 0.0 if loss > 0 else 1.0
    return float(norm.sf(loss / error))
