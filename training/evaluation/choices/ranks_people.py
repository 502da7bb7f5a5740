"""Whether answers that differ by person are worth more than one rate for everybody: they rank, and lose nothing by it.

Two answers may be alike in log loss though one is flat and the other ranks people: being off in level costs the second
what its ranking gains. Where somebody must be chosen, or a channel for somebody, the flat one tells nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics.functions import mean_ranks

Array = NDArray[np.float64]

_STANDARD_ERRORS = 1.96


@dataclass(frozen=True)
class Beside:
    """A cutoff's answers beside one rate for everybody.

    Attributes
    ----------
    customers : array (n,)       whose row it is
    truth : bool array (n,)      whether it happened
    score : array (n,)           the answers; higher means likelier
    loss, flat_loss : array (n,)     log loss of a row, of the answers and of the one rate
    """

    customers: NDArray[np.str_]
    truth: NDArray[np.bool_]
    score: Array
    loss: Array
    flat_loss: Array


def ranks_at_no_loss(cutoffs: Sequence[Beside]) -> bool:
    """Whether the answers rank people beyond chance and are not worse in log loss by their paired interval."""
    return _ranks(cutoffs) and not _worse(cutoffs)


def _ranks(cutoffs: Sequence[Beside]) -> bool:
    """By the rank sums of those for whom it happened, each cutoff ranked for itself (van Elteren's test)."""
    excess, variance = 0.0, 0.0
    for one in cutoffs:
        yes = int(one.truth.sum())
        no = len(one.truth) - yes
        if yes and no:
            excess += float(mean_ranks(one.score)[one.truth].sum()) - yes * (len(one.truth) + 1) / 2
            variance += yes * no * (len(one.truth) + 1) / 12
    return excess > _STANDARD_ERRORS * float(np.sqrt(variance))


def _worse(cutoffs: Sequence[Beside]) -> bool:
    """Whether the mean of the cutoffs' mean gaps lies above 0 with its interval; a customer's rows belong together."""
    seen = [one for one in cutoffs if len(one.truth)]
    gaps = [one.loss - one.flat_loss for one in seen]
    if not gaps:
        return False
    _, place = np.unique(np.concatenate([one.customers for one in seen]), return_inverse=True)
    shares = np.concatenate([(gap - gap.mean()) / (len(gap) * len(gaps)) for gap in gaps])
    error = float(np.sqrt((np.bincount(place, weights=shares) ** 2).sum()))
    return float(np.mean([gap.mean() for gap in gaps])) > _STANDARD_ERRORS * error
