"""Money told with less noise: how many orders, at what an order of such a customer usually brings.

Most of the noise of money is what each order happened to come to, and most actions change how many orders there are,
not what one brings. So what an order brought beside the usual is kept only as far as an action is seen, or can be
seen, to change it: a change is taken to be as large as USUAL_CHANGE, or as the largest one that stands out, and shrunk
against its error. With more rows all of it is kept, and the outcome is money as it was.
"""

from dataclasses import replace

import numpy as np

from training.learners.uplift.evidence import evidence_weights
from training.learners.uplift.mean import mean_and_error
from training.learners.uplift.trees import grow
from training.learners.uplift.trial import Array, Trial, folds_of

USUAL_CHANGE = 0.05  # of what an order brings
_CLEAR = 2.0  # standard errors by which a change stands out
_FOLDS = 2
_ENOUGH = 100  # rows with an order


def steadied(trial: Trial, orders: Array, threads: int) -> Trial:
    """The trial, its outcome with less noise.

    Parameters
    ----------
    orders : (n,)       behind each outcome in money
    """
    usual = orders * _of_an_order(trial, orders, threads)
    beside = trial.outcome - usual
    level = float(np.average(usual, weights=evidence_weights(trial)[1]))
    if level <= 0:
        return trial
    return replace(trial, outcome=usual + _kept(trial, beside / level) * beside)


def _of_an_order(trial: Trial, orders: Array, threads: int) -> Array:
    """What an order of each row brings by models that did not see the row, (n,)."""
    folds, told = folds_of(trial.groups, _FOLDS, seed=5), np.empty(len(trial))
    for fold in range(_FOLDS):
        here, rest = folds == fold, (folds != fold) & (orders > 0)
        count = orders[rest]
        if rest.sum() < _ENOUGH:
            told[here] = trial.outcome[rest].sum() / max(count.sum(), 1.0)
            continue
        model = grow(trial.inputs[rest], trial.outcome[rest] / count, threads, count / count.mean())
        told[here] = np.maximum(np.asarray(model.predict(trial.inputs[here]), dtype=np.float64), 0.0)
    return told


def _kept(trial: Trial, beside: Array) -> float:
    """The share that is kept of what is beside the usual, told as a share of the level: 0 to 1."""
    changes = [_change(trial, beside, arm) for arm in range(1, trial.arms)]
    size = max(USUAL_CHANGE**2, *(change**2 - (_CLEAR * error) ** 2 for change, error in changes))
    worst = max(error for _, error in changes)
    return size / (size + worst**2) if np.isfinite(worst) else 1.0


def _change(trial: Trial, beside: Array, arm: int) -> tuple[float, float]:
    """How much an arm changes it against the control, and the standard error."""
    could = trial.possible[:, arm - 1]
    weights = evidence_weights(trial)[0][:, arm - 1]
    sides = []
    for dealt in (arm, 0):
        mine = could & (trial.action == dealt)
        counted = weights[mine] / trial.propensity[mine, dealt]
        sides.append(mean_and_error(beside[mine], trial.groups[mine], counted))
    (treated, one), (left, other) = sides
    return treated - left, float(np.hypot(one, other))
