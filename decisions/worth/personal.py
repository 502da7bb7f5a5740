"""What a model says an action changes for each customer, as decisions take it; not every answer is to be believed.

A model that found no effect answers 0 with the interval it measured. That takes the place of an assumed effect where
the interval leaves out all that is assumed. A trial that sees an effect of a usual size as often as not says more: what
it saw corrects the assumption, each counting by the inverse of its variance, an assumption being as uncertain as a
usual effect is large. Where the 95 % interval of both together does not leave out 0, nobody is written to: had there
been anything, such a trial would have shown some of it. A smaller one that refutes nothing leaves the assumption as it
is.
"""

from collections.abc import Mapping

import numpy as np

from decisions.actions import Action, Plan
from decisions.allowed.eligibility import Audience
from decisions.worth.worth import Array, Effect, Effects
from scoring.uplift_names import HIGH, LIKELY, LOW, MARGIN, ORDER

USUAL = 0.01  # of the value at stake: what a message that works brings, an eighth of four weeks' margin
_PROVEN = 1.0
_SEEN = 2.0  # standard errors that an effect has to be large, to be seen as often as not
_95 = 1.959963984540054  # standard errors from an interval's middle to its ends


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
    hope, usual = float(np.nanmean(hoped)), USUAL * float(np.nanmean(customers.stake))
    low, high = (float(np.mean(answers[f"{MARGIN}{action.name}{end}"])) for end in (LOW, HIGH))
    seen, error = (low + high) / 2, (high - low) / (2 * _95)
    if _SEEN * error > usual:
        return _PROVEN if high < hope else 0.0
    size = max(hope, usual)
    weight = size**2 / (size**2 + error**2)
    least = weight * seen + (1 - weight) * hope - _95 * weight**0.5 * error
    if high < size or least <= 0:
        return _PROVEN
    return weight if f"{LIKELY}{action.name}" in answers else 0.0
