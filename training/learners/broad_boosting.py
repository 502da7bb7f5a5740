"""Boosting over every input that means the same at each cutoff: small trees, many rows a leaf, few inputs a tree.

A customer's rows look alike from week to week and share outcomes, so that trees learn customers by heart. What they
know by heart is gone at a later cutoff, most of all where the rarer outcome was likely: plain boosting over the whole
catalogue ranks well and tells that outcome a tenth too seldom. Inputs that grow with the history do the same.

The settings were chosen by rolling-origin validation on the Complete Journey before 2017-09-04, as boosting's were.
There the mean of three boosters of other seeds was no better than one.
"""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from scoring.model import Head
from training.learners.boosting import SETTINGS
from training.learners.model_kinds import Heads, Learner
from training.learners.target import Target

Array = NDArray[np.float64]

BROAD_BOOSTING = "broad_boosting"
_ROUNDS = {"logit": 275, "log": 500}  # by link; from there the folds' loss is level
_OUTCOMES_A_LEAF = (5, 50)
_PARTS = 150  # one leaf may hold as little as this part of the outcomes
_SETTINGS = {
    **{name: SETTINGS[name] for name in ("deterministic", "force_row_wise", "verbose", "seed", "max_bin", "lambda_l2")},
    "learning_rate": 0.025,
    "num_leaves": 8,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


def broad_heads(targets: Sequence[Target], learner: Learner) -> Heads:
    """Every target's head; `learner` holds the inputs to boost over and no others."""
    heads, boosters = [], {}
    for target in targets:
        if not target.truth(learner.labels).any():
            heads.append(Head(target.answer, target.link, intercept=float(np.log(0.5 / max(len(learner.inputs), 1)))))
            continue
        head, text = _learnt(target, learner)
        boosters[str(head.booster)] = text
        heads.append(head)
    return Heads(tuple(heads), boosters)


def _learnt(target: Target, learner: Learner) -> tuple[Head, str]:
    """A head and its booster's text: it learns with the level of each row's own horizon as an offset."""
    offset, truth = learner.offset(target), target.truth(learner.labels)
    intercept = _everyones(target, truth, offset)
    level = dict(learner.levels.weights.get(target.answer, {}))
    head = Head(target.answer, target.link, booster=f"{target.answer}.txt", level=level, intercept=intercept)
    outcomes = len(learner.inputs) / learner.overlap
    settings = {
        **_SETTINGS,
        **target.objective,
        "min_data_in_leaf": max(1, round(learner.overlap * np.clip(outcomes / _PARTS, *_OUTCOMES_A_LEAF))),
        "num_threads": learner.threads,
    }
    rows = lgb.Dataset(learner.inputs, truth, init_score=offset + intercept, feature_name=list(learner.names))
    rounds = learner.rounds.get(target.answer, _ROUNDS[target.link])
    return head, str(lgb.train(settings, rows, rounds).model_to_string())


def _everyones(target: Target, truth: Array, offset: Array) -> float:
    """The score everybody has beside the offsets."""
    if target.link == "log":
        return float(np.log(truth.sum() / np.exp(offset).sum()))
    mean = truth.mean()
    return float(np.log(mean / (1 - mean)) - offset.mean())
