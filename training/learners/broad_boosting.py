"""Boosting over every input that means the same at each cutoff: small trees, many rows a leaf, few inputs a tree.

A customer's rows look alike from week to week and share outcomes, so that trees learn customers by heart. What they
know by heart is gone at a later cutoff, most of all where the rarer outcome was likely: plain boosting over the whole
catalogue ranks well and tells that outcome a tenth too seldom. Inputs that grow with the history do the same.

The settings were chosen by rolling-origin validation on the Complete Journey before 2017-09-04, as boosting's were.
There the mean of three boosters of other seeds was no better than one.
"""

from collections.abc import Sequence
from dataclasses import replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from scoring.model import Head
from training.learners.boosting import SETTINGS
from training.learners.model_kinds import Heads, Learner
from training.learners.target import Target

Array = NDArray[np.float64]

BROAD_BOOSTING = "broad_boosting"
# By objective: trees, and how far each goes. From there the folds' loss is level; shopping days lose nothing by half as
# many that go twice as far, probabilities and money do.
_PACE = {"binary": (275, 0.025), "poisson": (250, 0.05), "tweedie": (500, 0.025)}
_OUTCOMES_A_LEAF = (5, 50)
_PARTS = 150  # one leaf may hold as little as this part of the outcomes
_SETTINGS = {
    **{name: SETTINGS[name] for name in ("deterministic", "force_row_wise", "verbose", "seed", "max_bin", "lambda_l2")},
    "num_leaves": 8,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


def broad_heads(targets: Sequence[Target], learner: Learner) -> Heads:
    """Every target's head; `learner` holds the inputs to boost over and no others.

    Who stays is who does not leave: of either the other's trees are taken, turned round, where they were grown before.
    """
    heads, boosters = [], {}
    rows = _binned(learner)
    for target in targets:
        if not target.truth(learner.labels).any():
            heads.append(Head(target.answer, target.link, intercept=float(np.log(0.5 / max(len(learner.inputs), 1)))))
            continue
        head, text = _turned(target, learner) or _learnt(target, learner, rows)
        boosters[str(head.booster)] = text
        heads.append(head)
    return Heads(tuple(heads), boosters)


def _turned(target: Target, learner: Learner) -> tuple[Head, str] | None:
    """The head that the trees of the opposite answer make, if they were grown: they would come out as its mirror."""
    if target.link != "logit" or target.label not in learner.grown:
        return None
    other, text = learner.grown[target.label]
    sign = 1.0 if other.name == target.answer else -1.0
    return replace(
        other,
        name=target.answer,
        booster=f"{target.answer}.txt",
        intercept=sign * other.intercept,
        slope=sign * other.slope,
        level={series: sign * weight for series, weight in other.level.items()},
    ), text


def _binned(learner: Learner) -> lgb.Dataset:
    """The rows as histograms see them: the same for every answer."""
    settings = {**_SETTINGS, "min_data_in_leaf": _fewest(learner), "num_threads": learner.threads}
    return lgb.Dataset(learner.inputs, feature_name=list(learner.names), params=settings)


def _fewest(learner: Learner) -> int:
    """Rows of the smallest leaf."""
    outcomes = len(learner.inputs) / learner.overlap
    return max(1, round(learner.overlap * float(np.clip(outcomes / _PARTS, *_OUTCOMES_A_LEAF))))


def _learnt(target: Target, learner: Learner, rows: lgb.Dataset) -> tuple[Head, str]:
    """A head and its booster's text: it learns with the level of each row's own horizon as an offset."""
    offset, truth = learner.offset(target), target.truth(learner.labels)
    intercept = target.everyones(truth, offset)
    level = dict(learner.levels.weights.get(target.answer, {}))
    head = Head(target.answer, target.link, booster=f"{target.answer}.txt", level=level, intercept=intercept)
    rounds, rate = _PACE[target.objective["objective"]]
    settings = {
        **_SETTINGS,
        **target.objective,
        "learning_rate": rate,
        "min_data_in_leaf": _fewest(learner),
        "num_threads": learner.threads,
    }
    rows.set_label(truth)
    rows.set_init_score(offset + intercept)
    text = str(lgb.train(settings, rows, learner.rounds.get(target.answer, rounds)).model_to_string())
    if target.link == "logit":
        learner.grown[target.label] = head, text
    return head, text
