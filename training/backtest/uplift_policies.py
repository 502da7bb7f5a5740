"""What choosing by learnt effects was worth at later moments, beside nobody, everybody and other ways to choose.

A fold learns from moments whose outcome was over by its cutoff and is judged on the horizon after it, row by row: the
doubly robust value of what a policy would have dealt, and the weighted value of what it shares with what was dealt.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.evaluation.choices.policy_value import Choices, choices, top_rows
from training.evaluation.figures import figures
from training.evaluation.folds import Fold
from training.evaluation.metrics.registry import UPLIFT as METRICS
from training.learners.uplift.choice import NONE, UpliftModel
from training.learners.uplift.trial import SMALLEST, Array, Trial, responses, robust_scores

OURS, MEAN, NOBODY = "by_effect", "best_single_action", "nobody"
EVERYBODY, RESPONSE, CHURN, DEALT = "everybody", "response_ranker", "churn_ranker", "as_dealt"


def judge(
    model: UpliftModel, learnt: Trial, asked: Trial, ordered: Array, *, cutoff: str, trained_to: str, threads: int
) -> Fold:
    """A fold's policies, our own among its baselines until it is known which of them serves.

    Parameters
    ----------
    model : of `learnt`, in money
    ordered : (n,)      whether each row that was learnt from ordered
    """
    told = np.stack([one(asked.inputs) for one in responses(learnt, threads)], axis=1)
    policies = _policies(model, learnt, asked, told, ordered, threads)
    scores = robust_scores(asked, told) - asked.cost
    values = {name: _values(asked, scores, chosen) for name, chosen in policies.items()}
    values[DEALT] = _as_dealt(asked)
    values[OURS] |= _ordering(model, asked, scores)
    truth = {"moment": np.ones(len(asked))}
    return Fold(
        cutoff=cutoff,
        trained_to=trained_to,
        customers=asked.groups,
        truth=truth,
        answers=values[OURS],
        baselines=values,
        metrics=figures(truth, values[OURS], METRICS),
        baseline_metrics={name: figures(truth, given, METRICS) for name, given in values.items()},
    )


def _policies(
    model: UpliftModel, learnt: Trial, asked: Trial, told: Array, ordered: Array, threads: int
) -> dict[str, Choices]:
    n = len(asked)
    means = np.array([one.shrunk for one in model.means]) * (model.verdict != NONE)
    best = int(np.argmax([one.measured for one in model.means])) + 1
    ours = choices(asked.among(model.predict(asked.inputs)[:, :, 0]), asked.cost)
    as_many = max(int((ours > 0).sum()), 1)
    could = asked.possible[:, best - 1]
    leaving = -responses(_alone(learnt, ordered), threads)[0](asked.inputs)
    return {
        OURS: ours,
        MEAN: choices(asked.among(np.broadcast_to(means, (n, len(means)))), asked.cost),
        NOBODY: np.zeros(n, dtype=np.int64),
        EVERYBODY: np.where(could, best, 0),
        RESPONSE: np.where(could, top_rows(np.where(could, told[:, best], -np.inf), as_many, best), 0),
        CHURN: np.where(could, top_rows(np.where(could, leaving, -np.inf), as_many, best), 0),
    }


def _alone(learnt: Trial, ordered: Array) -> Trial:
    """The rows to which nothing was dealt, with whether they ordered: who leaves when left alone."""
    rows = learnt.action == 0
    return Trial(learnt.inputs[rows], learnt.action[rows], ordered[rows], learnt.propensity[rows], learnt.groups[rows],
                 learnt.names[:1], learnt.cost[:1])  # fmt: skip


def _values(asked: Trial, scores: Array, chosen: Choices) -> dict[str, Array]:
    rows = np.arange(len(asked))
    chance = np.maximum(asked.propensity[rows, asked.action], SMALLEST)
    weight = np.where(chosen == asked.action, 1.0 / chance, 0.0)
    return {
        "policy_value": scores[rows, chosen],
        "policy_weight": weight,
        "policy_reward": weight * _rewards(asked),
        "policy_acts": (chosen > 0).astype(np.float64),
    }


def _as_dealt(asked: Trial) -> dict[str, Array]:
    """What was dealt by lot or by rule is its own witness: nothing to weigh."""
    rewards = _rewards(asked)
    acts = (asked.action > 0).astype(np.float64)
    return {"policy_value": rewards, "policy_weight": np.ones(len(asked)), "policy_reward": rewards,
            "policy_acts": acts}  # fmt: skip


def _rewards(asked: Trial) -> Array:
    return asked.outcome - asked.cost[asked.action]


def _ordering(model: UpliftModel, asked: Trial, scores: Array) -> Mapping[str, Array]:
    """What each row's best action is said to be worth, and what it gained: Qini's two columns."""
    net = asked.among(model.predict(asked.inputs)[:, :, 0] - asked.cost[1:])
    best: NDArray[np.intp] = net.argmax(axis=1)
    rows, any_could = np.arange(len(asked)), asked.possible.any(axis=1)
    gained = np.where(any_could, scores[rows, best + 1] - scores[:, 0], 0.0)
    lowest = float(net[np.isfinite(net)].min(initial=0.0))
    return {"policy_worth": np.maximum(net[rows, best], lowest), "policy_gain": gained}
