"""Decision moments as a trial to learn effects from: arms, the probability of each, outcomes in money."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.data.decision_moments import NOTHING, Moments
from training.learners.uplift import choice
from training.learners.uplift.evidence import evidence_weights
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
from training.tasks.campaign_lots import with_campaigns

MOST_MOMENTS = 60_000  # those that tell most; more add little but time
_PART = 300  # moments of neighbouring days, at least, among which it is told how much their deals tell
LEAST_COVERED = 0.5  # of the moments at which an action could have been dealt, as its logged probabilities tell


def trial_of(
    moments: Moments, features: NDArray[np.float32], margin: float, shop: str
) -> tuple[Moments, Trial, dict[str, float]]:
    """Moments of arms that were dealt often enough, the trial they make, and what `narrow` leaves out.

    Where there are too many the parts of the log stay that tell most of effects, and of equal ones the newest.

    Parameters
    ----------
    features : (rows, p)    of the rows that moments point to
    margin : share of what is spent

    Raises
    ------
    TaskError   if nothing, or no action, was dealt often enough
    """
    moments = with_campaigns(moments)
    left_out = narrow(moments)
    names = _arms(shop, moments, left_out)
    moments = moments.take(np.isin(moments.action, names))
    inputs = np.ascontiguousarray(features[moments.row])
    at = np.array([names.index(one) for one in moments.action.tolist()], dtype=np.int64)
    chances = _chances(moments, inputs, names, at)
    cost = np.array([0.0, *(float(moments.cost[at == arm].mean()) for arm in range(1, len(names)))])
    part = parts(moments.day)
    trial = Trial(inputs, at, moments.spend * margin, chances, moments.customer, names, cost, part)
    kept = most_telling(trial)
    return moments.take(kept), checked(trial.take(kept)), left_out


def parts(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Neighbouring days, sorted, taken together until they hold enough moments; (n,), 0 the oldest."""
    _, first, counts = np.unique(days, return_index=True, return_counts=True)
    part, held = np.zeros(len(days), dtype=np.int64), 0
    for start, count in zip(first.tolist(), counts.tolist(), strict=True):
        if held >= _PART:
            part[start:] += 1
            held = 0
        held += count
    return part


def most_telling(trial: Trial) -> NDArray[np.intp]:
    """Rows to learn from, in order: all of them, or whole parts that tell most, the newest first."""
    if len(trial) <= MOST_MOMENTS or trial.part is None:
        return np.arange(len(trial))
    telling = evidence_weights(trial)[1]
    order = np.lexsort((-np.arange(len(trial)), -telling))
    return np.sort(order[:MOST_MOMENTS])


def narrow(moments: Moments) -> dict[str, float]:
    """Actions that only some could be dealt while nobody says who: those without them are people of another kind.

    A cart is saved where a cart was left; beside everybody else saving looks as if it sold what those buy anyway. The
    share of moments at which an action could be dealt is told by its own logged probabilities: each moment of it
    stands for 1 / probability. Of messages alone, and not of campaigns with lots of their own: there, and in a
    decision's receipt, it is said what was possible.

    Returns
    -------
    dict        action → that share, below LEAST_COVERED
    """
    told = np.array([one is None for one in moments.possible.tolist()], dtype=bool) & ~np.isnan(moments.propensity)
    shares = {}
    for name in set(moments.action[told].tolist()) - {NOTHING}:
        mine = told & (moments.action == name)
        shares[name] = float((1.0 / moments.propensity[mine]).sum() / told.sum())
    return {name: shares[name] for name in sorted(shares) if shares[name] < LEAST_COVERED}


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


def _arms(shop: str, moments: Moments, left_out: Mapping[str, float]) -> tuple[str, ...]:
    """What was dealt often enough, nothing first."""
    dealt, counts = np.unique(moments.action, return_counts=True)
    many = dict(zip(dealt.tolist(), counts.tolist(), strict=True))
    withheld = many.pop(NOTHING, 0)
    enough = [name for name, count in many.items() if count >= LEAST_ROWS and name not in left_out]
    if withheld >= LEAST_ROWS and left_out and not enough:
        told = ", ".join(f"'{name}' {share:.0%}" for name, share in left_out.items())
        raise TaskError(
            f"uplift cannot learn from '{shop}': by the logged action_propensity its actions could be dealt at few of "
            f"the moments only ({told}), and nobody says at which. Log the probability of the very action among all "
            "that could be dealt, of withholding for rows of arm 'control'; or leave it out to have it estimated."
        )
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
