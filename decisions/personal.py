"""What a model says an action changes for each customer, as decisions take it; not every answer is to be believed.

A model that found no effect answers 0 with the interval it measured. That takes the place of an assumed effect where
the interval leaves out all that is assumed – and, of a trial that could have seen one, any effect of a usual size. Else
nobody knows, and the assumption stands; such a trial corrects it by what was seen. Each counts by the inverse of its
variance, and an assumption is taken to be as uncertain as what would have refuted it is large.
"""

from collections.abc import Mapping

import numpy as np

from decisions.actions import Action, Plan
from decisions.eligibility import Audience
from decisions.worth import Array, Effect, Effects
from scoring.uplift_names import HIGH, LIKELY, LOW, MARGIN, ORDER

USUAL = 0.01  # of the value at stake: what a message that works brings, an eighth of four weeks' margin
_PROVEN = 1.0
_SEEN = 3.0  # standard errors that an effect has to be large, to be seen more often than not
_95 = 2 * 1.959963984540054  # standard errors from an interval's low to its high


def told_actions(answers: Mapping[str, Array], plan: Plan, customers: Audience) -> dict[str, float]:
    """The actions of a plan of which the model's answers count, and how much beside what is assumed.

    Parameters
    ----------
    answers : of the model, an entry a customer; empty without one

    Returns
    -------
    dict        action → in (0, 1]; 1 where an effect was proven, or that there is none
    """
    words = {
        action.name: _word(answers, action, customers) for action in plan.actions if f"{MARGIN}{action.name}" in answers
    }
    return {name: word for name, word in words.items() if word > 0}


def with_personal(effects: Effects, answers: Mapping[str, Array], told: Mapping[str, float]) -> Effects:
    """Effects with the model's for these actions, through any channel; what else was measured of them gives way.

    An action of which there is no answer keeps what was measured; so does one of which the model has proven nothing.
    """
    measured = {action for action, _ in effects.learnt}
    known = [
        name
        for name, word in told.items()
        if f"{MARGIN}{name}" in answers and (word == _PROVEN or name not in measured)
    ]
    if not known:
        return effects
    others = {key: effect for key, effect in effects.learnt.items() if key[0] not in known}
    return Effects({**others, **{(name, None): _effect(answers, name, told[name]) for name in known}})


def _effect(answers: Mapping[str, Array], name: str, word: float) -> Effect:
    margin = f"{MARGIN if word == _PROVEN else LIKELY}{name}"
    probability, low, high, gain = (
        np.atleast_1d(answers[key]) for key in (f"{ORDER}{name}", f"{ORDER}{name}{LOW}", f"{ORDER}{name}{HIGH}", margin)
    )
    return Effect(probability=probability, low=low, high=high, margin=gain, word=word)


def _word(answers: Mapping[str, Array], action: Action, customers: Audience) -> float:
    """How much the model's answer counts beside the assumption, 0 to 1."""
    if np.any(answers[f"{MARGIN}{action.name}"]):
        return _PROVEN
    hoped = (action.assumed_effect or 0.0) * customers.churn * customers.stake
    if action.assumed_effect is None or not np.isfinite(hoped).any():
        return 0.0
    size, usual = float(np.nanmean(hoped)), USUAL * float(np.nanmean(customers.stake))
    low, high = (float(np.mean(answers[f"{MARGIN}{action.name}{end}"])) for end in (LOW, HIGH))
    error = (high - low) / _95
    able = _SEEN * error <= usual
    size = max(size, usual) if able else size
    if high < size:
        return _PROVEN
    return size**2 / (size**2 + error**2) if able and f"{LIKELY}{action.name}" in answers else 0.0
