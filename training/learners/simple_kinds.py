"""Baselines that may serve: a regression on recency, one on recency, frequency, money and tenure, and plain trees.

Each is fitted as the baseline of its name is, in a form the scorer knows, so that a baseline which beats everything
else can answer and give reasons. The other baselines are for comparison only: what they say has no such form
(the past pace continued), or a better form competes already (buy-till-you-die corrected, broad boosting).
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.model import Head
from training.learners.baselines import plain_booster, rfm_names
from training.learners.broad_boosting import BROAD_BOOSTING, broad_heads
from training.learners.model_kinds import Heads, Learner, fit_heads, inputs_of_kind
from training.learners.regression import regress
from training.learners.target import Target

Array = NDArray[np.float64]

RECENCY, PLAIN_BOOSTING = "recency", "plain_boosting"
RFM_LOGISTIC, RFM_REGRESSION = "rfm_logistic", "rfm_regression"  # of a probability; of a count or an amount
SERVABLE = (RECENCY, RFM_LOGISTIC, RFM_REGRESSION, PLAIN_BOOSTING)
_UNPENALISED = 1e-3  # rows: enough to keep a regression from running away


def heads_of(model_kind: str, targets: Sequence[Target], learner: Learner) -> Heads:
    """Every target's head by a kind of model, a baseline that may serve among them."""
    if model_kind == BROAD_BOOSTING:
        return broad_heads(targets, learner)
    return (fit_simple if model_kind in SERVABLE else fit_heads)(model_kind, targets, learner)


def inputs_of(
    model_kind: str, targets: Sequence[Target], pace: Mapping[str, str], names: Collection[str] = ()
) -> set[str]:
    """The inputs that a kind of model, or a baseline that may serve, looks at; `names` are all it may."""
    if model_kind == BROAD_BOOSTING:
        return set(names)
    if model_kind in SERVABLE:
        return inputs_of_simple(model_kind, pace)
    return inputs_of_kind(model_kind, targets, pace)


def fit_simple(model_kind: str, targets: Sequence[Target], learner: Learner) -> Heads:
    """Every target's head as the baseline of this name learns it; `learner` holds its inputs and no others."""
    if model_kind != PLAIN_BOOSTING:
        return Heads(tuple(_regressed(target, learner) for target in targets), {})
    heads, boosters = [], {}
    for target in targets:
        truth, offset = target.truth(learner.labels), learner.offset(target)
        if not truth.any():
            heads.append(_of_nothing(target, learner))
            continue
        start, file = target.everyones(truth, offset), f"{target.answer}.txt"
        booster = plain_booster(target, learner, learner.names, offset + start)
        assert booster is not None  # something happened
        boosters[file] = str(booster.model_to_string())
        heads.append(Head(target.answer, target.link, booster=file, intercept=start, level=_level(target, learner)))
    return Heads(tuple(heads), boosters)


def _of_nothing(target: Target, learner: Learner) -> Head:
    """Half an outcome stands for none."""
    return Head(target.answer, target.link, intercept=float(np.log(0.5 / max(len(learner.inputs), 1))))


def inputs_of_simple(model_kind: str, pace: Mapping[str, str]) -> set[str]:
    """The inputs the baseline of this name looks at."""
    return {pace["days_since_order"]} if model_kind == RECENCY else set(rfm_names(pace))


def _regressed(target: Target, learner: Learner) -> Head:
    names = list(learner.names)
    offset = learner.offset(target)
    found = regress(target, target.truth(learner.labels), learner.columns(names), names, _UNPENALISED, offset=offset)
    level = _level(target, learner)
    return Head(target.answer, target.link, terms=found.terms, intercept=found.intercept, level=level)


def _level(target: Target, learner: Learner) -> dict[str, float]:
    """What serves is placed by the period's level, as every kind of model is; a baseline to compare with is not."""
    return dict(learner.levels.weights.get(target.answer, {}))
