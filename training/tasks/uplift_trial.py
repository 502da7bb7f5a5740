"""Decision moments as a trial to learn effects from: arms, the probability of each, outcomes in money."""

import numpy as np
from numpy.typing import NDArray

from training.data.decision_moments import NOTHING, Moments
from training.learners.uplift import choice
from training.learners.uplift.frame import propensity_of
from training.learners.uplift.trial import (
    LEAST_ROWS,
    OUTER_SEED,
    Array,
    Trial,
    checked,
    estimated_propensity,
    folds_of,
)
from training.task import TaskError

MOST_MOMENTS = 40_000  # the newest; more add little but time


def trial_of(moments: Moments, features: NDArray[np.float32], margin: float, shop: str) -> tuple[Moments, Trial]:
    """The newest moments of arms that were dealt often enough, and the trial they make.

    Parameters
    ----------
    features : (rows, p)    of the rows that moments point to
    margin : share of what is spent

    Raises
    ------
    TaskError   if nothing, or no action, was dealt often enough
    """
    moments = moments.take(np.arange(len(moments))[-MOST_MOMENTS:])
    names = _arms(shop, moments)
    moments = moments.take(np.isin(moments.action, names))
    inputs = np.ascontiguousarray(features[moments.row])
    at = np.array([names.index(one) for one in moments.action.tolist()], dtype=np.int64)
    chances = _chances(moments, inputs, names, at)
    cost = np.array([0.0, *(float(moments.cost[at == arm].mean()) for arm in range(1, len(names)))])
    return moments, checked(Trial(inputs, at, moments.spend * margin, chances, moments.customer, names, cost))


def _chances(moments: Moments, inputs: NDArray[np.float32], names: tuple[str, ...], at: NDArray[np.int64]) -> Array:
    """The probability of every arm, as logged, estimated where nobody logged it; 0 where it could not be dealt."""
    could = moments.could(names)
    could[np.arange(len(at)), at] = True
    logged = ~np.isnan(moments.propensity)
    told = propensity_of(np.where(logged, moments.propensity, 0.5), names, at, could)
    assert told is not None  # because something was given
    if not logged.all():
        folds = folds_of(moments.customer, choice.OUTER, OUTER_SEED)
        told[~logged] = (estimated_propensity(inputs, at, len(names), folds) * could)[~logged]
    return told


def _arms(shop: str, moments: Moments) -> tuple[str, ...]:
    """What was dealt often enough, nothing first."""
    dealt, counts = np.unique(moments.action, return_counts=True)
    many = dict(zip(dealt.tolist(), counts.tolist(), strict=True))
    withheld = many.pop(NOTHING, 0)
    enough = [name for name, count in many.items() if count >= LEAST_ROWS]
    if withheld < LEAST_ROWS or not enough:
        raise TaskError(
            f"uplift needs {LEAST_ROWS} sends withheld on purpose (messages of arm '{NOTHING}', or decisions to leave "
            f"alone by lot) and as many of an action, to customers it knows and a horizon ago; '{shop}' has {withheld} "
            f"and {max(many.values(), default=0)}. {_remedy(moments)}"
        )
    return (NOTHING, *enough)


def _remedy(moments: Moments) -> str:
    if moments.unmixed:
        return (
            f"{moments.unmixed:,} decisions are left out: they dealt several actions and no option by lot, so nobody "
            "can say what one of them changed. Set a share under [explore] in shop.toml, and wait."
        )
    return "Withhold some by lot, or wait."
