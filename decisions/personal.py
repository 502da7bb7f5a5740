"""What a model says an action changes for each customer, as decisions take it; not every answer is to be believed.

A model that found no effect answers 0 with the interval it measured. That takes the place of an assumed effect only
where the interval leaves out all that is assumed; else nobody knows, and the assumption stands.
"""

from collections.abc import Collection, Mapping

import numpy as np

from decisions.actions import Action, Plan
from decisions.eligibility import Audience
from decisions.worth import Array, Effect, Effects
from scoring.uplift_names import HIGH, LOW, MARGIN, ORDER


def told_actions(answers: Mapping[str, Array], plan: Plan, customers: Audience) -> tuple[str, ...]:
    """The actions of a plan of which the model's answers count.

    Parameters
    ----------
    answers : of the model, an entry a customer; empty without one
    """
    return tuple(
        action.name
        for action in plan.actions
        if f"{MARGIN}{action.name}" in answers and _counts(answers, action, customers)
    )


def with_personal(effects: Effects, answers: Mapping[str, Array], told: Collection[str]) -> Effects:
    """Effects with the model's for these actions, through any channel; what else was measured of them gives way.

    An action of which there is no answer keeps what was measured.
    """
    known = [name for name in told if f"{MARGIN}{name}" in answers]
    if not known:
        return effects
    others = {key: effect for key, effect in effects.learnt.items() if key[0] not in known}
    return Effects({**others, **{(name, None): _effect(answers, name) for name in known}})


def _effect(answers: Mapping[str, Array], name: str) -> Effect:
    probability, low, high, margin = (
        np.atleast_1d(answers[key])
        for key in (f"{ORDER}{name}", f"{ORDER}{name}{LOW}", f"{ORDER}{name}{HIGH}", f"{MARGIN}{name}")
    )
    return Effect(probability=probability, low=low, high=high, margin=margin)


def _counts(answers: Mapping[str, Array], action: Action, customers: Audience) -> bool:
    if np.any(answers[f"{MARGIN}{action.name}"]):
        return True
    hoped = (action.assumed_effect or 0.0) * customers.churn * customers.stake
    if action.assumed_effect is None or not np.isfinite(hoped).any():
        return False
    return float(np.mean(answers[f"{MARGIN}{action.name}{HIGH}"])) < float(np.nanmean(hoped))
