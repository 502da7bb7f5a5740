"""What each row of a trial says of each arm's effect, and how much it counts.

A row whose deal was nearly certain says nearly nothing: its score divides by a small probability. Were all rows counted
alike, months in which a policy decided would drown those in which lots were drawn, and each would make what is known
less sure. So every part of the log counts by the inverse of its noise, 1 / mean(1 / p(arm) + 1 / p(control)): of all
means that are right the one with the smallest error (overlap weights; Li, Morgan & Zaslavsky 2018, Balancing covariates
via propensity score weighting). A weight is a part's, not a row's: what a row's other arms had is often not logged, and
a weight that depends on what was dealt would make its own effect.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learners.uplift.trial import Array, Places, Trial, robust_scores

_LEAST = 1e-3  # a propensity below counts as this; weights keep what is divided by it in bounds


@dataclass(frozen=True)
class Evidence:
    """n rows and k − 1 arms beside the control.

    Attributes
    ----------
    levels : (n, k)         doubly robust scores: their weighted means are mean outcomes under each arm
    gains : (n, k − 1)      scores of each arm less the control's
    weights : (n, k − 1)    of the gains; 0 where the arm could not have been dealt
    shared : (n,)           of what is compared over all arms at once
    """

    levels: Array
    gains: Array
    weights: Array
    shared: Array

    def take(self, rows: NDArray[np.bool_] | Places) -> "Evidence":
        """Some of its rows."""
        return Evidence(**{name: values[rows] for name, values in vars(self).items()})


def evidence_of(trial: Trial, told: Array) -> Evidence:
    """What a trial says.

    Parameters
    ----------
    told : (n, k)       expected outcomes by models that did not see the row
    """
    levels = robust_scores(trial, told, least=_LEAST)
    return Evidence(levels, levels[:, 1:] - levels[:, :1], *evidence_weights(trial))


def evidence_weights(trial: Trial) -> tuple[Array, Array]:
    """How much each row tells of each arm's effect, (n, k − 1), and of all arms at once, (n,)."""
    noise = _noise(trial)
    return np.where(trial.possible, 1.0 / (noise[:, 1:] + noise[:, :1]), 0.0), 1.0 / noise.sum(axis=1)


def _noise(trial: Trial) -> Array:
    """The mean of 1 / p over the rows of a row's part to which each arm could have been dealt, (n, k)."""
    _, part = np.unique(np.zeros(len(trial)) if trial.part is None else trial.part, return_inverse=True)
    could = np.hstack([np.ones((len(trial), 1), dtype=bool), trial.possible])
    inverse = np.where(could, 1.0 / np.maximum(trial.propensity, _LEAST), 0.0)
    sums, counts = (
        np.stack([np.bincount(part, weights=column) for column in values.T], axis=1) for values in (inverse, could)
    )
    return np.asarray((sums / np.maximum(counts, 1))[part])
