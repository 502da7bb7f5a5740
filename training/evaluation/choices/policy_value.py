"""What giving certain actions to certain customers would have been worth, told from a trial, after costs.

Beside what is proposed stand nobody, everybody, the best single action and rankers that look at something else. Each is
told by inverse propensity, self-normalised and doubly robust (`off_policy` has the estimates and their source).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.evaluation.choices.off_policy import Log, compared
from training.learners.uplift.trial import Array, Trial

Choices = NDArray[np.int64]
OURS, NOBODY, BEST_SINGLE, RESPONSE = "ours", "nobody", "best single action", "response ranker"


@dataclass(frozen=True)
class PolicyValues:
    """Mean value a row of each policy, by estimate, and ours less each other's; with 95 % intervals."""

    values: Mapping[str, Mapping[str, Interval]]
    gains: Mapping[str, Mapping[str, Interval]]


def choices(effects: Array, cost: Array) -> Choices:
    """The arm worth most to each row after its cost; 0, the control, where none is worth anything.

    Parameters
    ----------
    effects : (n, k − 1)    what each arm but the control changes
    cost : (k,)
    """
    net = effects - cost[1:]
    best = net.argmax(axis=1)
    return np.where(net[np.arange(len(net)), best] > 0, best + 1, 0)


def policy_values(trial: Trial, told: Array, policies: Mapping[str, Choices]) -> PolicyValues:
    """Judge policies; OURS and NOBODY must be among them.

    Parameters
    ----------
    told : (n, k)       what models that did not see the row expect of each arm
    policies : name → the arm each row would have been given
    """
    rows = np.arange(len(trial))
    log = Log(
        customers=trial.groups,
        channel=trial.action,
        propensity=trial.propensity[rows, trial.action],
        reward=trial.outcome - trial.cost[trial.action],
        expected=told - trial.cost,
    )
    values, gains = compared(log, policies, OURS)
    return PolicyValues(values, gains)


def usual_policies(trial: Trial, told: Array, ours: Choices, best_single: Choices) -> dict[str, Choices]:
    """Ours beside the usual others; the response ranker reaches as many as ours, with the best single action."""
    n = len(trial)
    policies = {OURS: ours, NOBODY: np.zeros(n, dtype=np.int64)}
    for arm in range(1, trial.arms):
        policies[f"everybody {trial.names[arm]}"] = np.full(n, arm, dtype=np.int64)
    policies[BEST_SINGLE] = best_single
    single = int(np.bincount(best_single, minlength=trial.arms)[1:].argmax()) + 1
    policies[RESPONSE] = top_rows(told[:, single], int((ours > 0).sum()), single)
    return policies


def top_rows(score: Array, count: int, arm: int) -> Choices:
    """An arm for the rows that score highest, the control for the others."""
    chosen = np.zeros(len(score), dtype=np.int64)
    chosen[np.argsort(-score, kind="stable")[:count]] = arm
    return chosen
