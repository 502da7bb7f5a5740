"""A trial to learn effects from: who was given what, with which probability, and what came of it."""

from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from training.learners.uplift.trees import grow
from training.task import TaskError

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]
Places = NDArray[np.intp]

LEAST_ROWS = 20  # an arm: fewer cannot tell an effect from a customer
SMALLEST = 0.02  # a propensity below counts as this, so that nobody stands for more than fifty
OUTER_SEED = 3  # of the folds that propensities are estimated over
_ENOUGH = 40  # rows of an arm that trees need; with fewer its mean is all that is said


@dataclass(frozen=True)
class Trial:
    """n rows of a trial with k arms; place 0 is the control.

    Attributes
    ----------
    inputs : float32 (n, p)
    action : int (n,)           place of the arm that was dealt
    outcome : float (n,)        in money, or 0 and 1
    propensity : float (n, k)   probability of every arm; 0 where it could not have been dealt to the row
    groups : array (n,)         whose row it is; rows of one customer are never on both sides of a fold
    names : tuple (k,)          the arms' names
    cost : float (k,)           of giving an arm to one row, in the outcome's unit; 0 for the control
    part : int (n,), optional   of the log, within which deals were made alike; all of one part by default
    """

    inputs: Matrix
    action: NDArray[np.int64]
    outcome: Array
    propensity: Array
    groups: NDArray[np.str_]
    names: tuple[str, ...]
    cost: Array
    part: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.action)

    @property
    def arms(self) -> int:
        """k, the control among them."""
        return len(self.names)

    @property
    def possible(self) -> NDArray[np.bool_]:
        """Whether each arm but the control could have been dealt to each row, (n, k − 1)."""
        return np.asarray(self.propensity[:, 1:] > 0)

    def among(self, worth: Array) -> Array:
        """What each arm but the control is worth to each row, (n, k − 1); −inf where it could not have been dealt."""
        return np.where(self.possible, worth, -np.inf)

    def take(self, rows: Places | NDArray[np.bool_]) -> "Trial":
        """Some of its rows."""
        return replace(
            self, inputs=self.inputs[rows], action=self.action[rows], outcome=self.outcome[rows],
            propensity=self.propensity[rows], groups=self.groups[rows],
            part=None if self.part is None else self.part[rows],
        )  # fmt: skip


def checked(trial: Trial) -> Trial:
    """The trial, if effects can be told from it.

    Raises
    ------
    TaskError       if an arm has too few rows, an outcome is missing, or a propensity is outside (0, 1]
    """
    for place, name in enumerate(trial.names):
        count = int((trial.action == place).sum())
        if count < LEAST_ROWS:
            raise TaskError(
                f"arm '{name}' has {count:,} of {len(trial):,} rows; an effect needs {LEAST_ROWS} or more in every "
                "arm. Leave the arm's rows out, or wait for more."
            )
    return checked_values(trial)


def checked_values(trial: Trial) -> Trial:
    """The trial, if its outcomes and probabilities are what they are called; arms may be few or missing.

    Raises
    ------
    TaskError       if an outcome is missing, or a propensity is outside (0, 1]
    """
    lost = int((~np.isfinite(trial.outcome)).sum())
    if lost:
        raise TaskError(
            f"outcome is missing or infinite in {lost:,} of {len(trial):,} rows. An outcome not yet over is no 0."
        )
    mine = trial.propensity[np.arange(len(trial)), trial.action]
    wrong = int((~((mine > 0) & (mine <= 1))).sum())
    if wrong:
        raise TaskError(
            f"propensity lies outside (0, 1] in {wrong:,} of {len(trial):,} rows. It is the probability with which the "
            "row's own action was dealt; leave it out to have it estimated."
        )
    return trial


def folds_of(groups: NDArray[np.str_], folds: int, seed: int = 0) -> NDArray[np.int64]:
    """The fold of each row: groups stay together, folds hold about as many groups each."""
    _, group = np.unique(groups, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(int(group.max()) + 1) % folds
    return np.asarray(dealt[group], dtype=np.int64)


def expected(trial: Trial, folds: NDArray[np.int64], threads: int) -> Array:
    """What each row's outcome would be under each arm, (n, k), by models that did not see the row's fold."""
    told = np.empty((len(trial), trial.arms))
    for fold in np.unique(folds):
        here = folds == fold
        told[here] = np.stack([model(trial.inputs[here]) for model in responses(trial.take(~here), threads)], axis=1)
    return told


def responses(trial: Trial, threads: int) -> list["ArmResponse"]:
    """A model of the outcome an arm, over that arm's rows."""
    return [_response(trial, arm, threads) for arm in range(trial.arms)]


@dataclass(frozen=True)
class ArmResponse:
    """What an arm's rows do: a booster's answer, or their mean where they are few."""

    booster: lgb.Booster | None
    mean: float

    def __call__(self, inputs: Matrix) -> Array:
        if self.booster is None:
            return np.full(len(inputs), self.mean)
        return np.asarray(self.booster.predict(inputs), dtype=np.float64)


def _response(trial: Trial, arm: int, threads: int) -> ArmResponse:
    mine = trial.action == arm
    outcome = trial.outcome[mine]
    mean = float(outcome.mean()) if mine.any() else float(trial.outcome.mean())
    few = mine.sum() < _ENOUGH or np.ptp(outcome) == 0
    return ArmResponse(None if few else grow(trial.inputs[mine], outcome, threads), mean)


def robust_scores(trial: Trial, told: Array, least: float = SMALLEST) -> Array:
    """Doubly robust scores, (n, k): means of them over any rows are those rows' mean outcome under each arm.

    Right where either the propensities or the models of the outcome are (Robins, Rotnitzky & Zhao 1994).

    Parameters
    ----------
    least : a propensity below counts as this
    """
    scores = told.copy()
    rows = np.arange(len(trial))
    mine = np.maximum(trial.propensity[rows, trial.action], least)
    scores[rows, trial.action] += (trial.outcome - told[rows, trial.action]) / mine
    return scores


def estimated_propensity(inputs: Matrix, action: NDArray[np.int64], arms: int, folds: NDArray[np.int64]) -> Array:
    """The probability of every arm given the inputs, (n, k), by a logistic regression that did not see the row's fold.

    Where an input that is not here moved both the deal and the outcome, no estimate of an effect can be right.
    """
    plain = np.nan_to_num(inputs, nan=0.0)
    both = np.hstack([plain, np.isnan(inputs)]) if np.isnan(inputs).any() else plain
    told = np.zeros((len(action), arms))
    for one in np.unique(folds):
        here = folds == one
        scale = StandardScaler().fit(both[~here])
        model = LogisticRegression(max_iter=300).fit(scale.transform(both[~here]), action[~here])
        told[np.ix_(here, model.classes_)] = model.predict_proba(scale.transform(both[here]))
    return np.maximum(told, 1e-3)
