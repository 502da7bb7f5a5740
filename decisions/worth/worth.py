"""What doing something is worth: the margin it brings, less what it costs. One definition for report, file and call.

The margin is the learnt one where a trial measured the action, and a measured "no effect" counts as one; else the
assumed share of those leaving who stay × the churn probability × the value at stake, corrected by what a trial saw that
proved nothing. The cost is the send's and the offer's, which is none where the orders' amounts are already net of it.
Nobody records who redeems an offer, so the order probability stands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decisions.allowed.eligibility import Audience, Menu

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

YEAR_DAYS = 365


@dataclass(frozen=True)
class Effect:
    """What an action was measured to change for n customers, within the horizon; zeros say "no effect".

    Attributes
    ----------
    probability, low, high : arrays (n,)    of an order, and its interval
    margin : array (n,)                     in money, before costs
    word : float    in (0, 1], how much it counts beside what is assumed; below 1 where nothing was proven
    """

    probability: Array
    low: Array
    high: Array
    margin: Array
    word: float = 1.0


@dataclass(frozen=True)
class Effects:
    """Everything that was measured: (action, channel) → effect; channel None stands for all that are not named.

    An action that is not here has not been measured.
    """

    learnt: Mapping[tuple[str, str | None], Effect] = field(default_factory=dict)

    def of(self, action: str, channel: str) -> Effect | None:
        """The effect of an action through a channel; None where it was not measured."""
        return self.learnt.get((action, channel)) or self.learnt.get((action, None))


@dataclass(frozen=True)
class Worth:
    """What n customers' options are worth, arrays (n, options), in money.

    Attributes
    ----------
    net : −inf where it cannot be told
    cost : expected cost of the send and the offer, ≥ 0
    """

    net: Matrix
    cost: Matrix


def value_at_stake(expected_spend: Array, margin: float | None, horizon_days: int) -> Array:
    """Expected margin over the next 12 months, were the horizon's spend to go on; NaN without a stated margin."""
    if margin is None:
        return np.full(np.shape(expected_spend), np.nan)
    return np.asarray(expected_spend * (YEAR_DAYS / horizon_days * margin), dtype=np.float64)


def worth_of(customers: Audience, menu: Menu, effects: Effects) -> Worth:
    """What every option is worth to every customer, allowed or not."""
    shape = (len(customers), len(menu.options))
    net, cost = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    liking = _liking(customers, menu)
    lost = customers.churn * customers.stake
    for k, option in enumerate(menu.options):
        action, spent = menu.action_of(k), np.full(len(customers), option.send_cost)
        if action.offer is not None and not action.offer.in_amount:
            spent = spent + action.offer.cost * np.nan_to_num(customers.order, nan=1.0)
        effect = effects.of(action.name, menu.channel_of(k))
        gain = np.full(len(customers), np.nan)
        if action.assumed_effect is not None:
            gain = action.assumed_effect * liking[:, k] * lost
        if effect is not None:
            gain = effect.margin if effect.word == 1 else effect.word * effect.margin + (1 - effect.word) * gain
        cost[:, k] = spent
        net[:, k] = np.nan_to_num(gain - spent, nan=-np.inf)
    return Worth(net, cost)


def uplift_of(customers: Audience, menu: Menu, effects: Effects, choice: NDArray[np.int16]) -> Array:
    """What each customer's choice changes in the probability of an order within the horizon, with its interval.

    Returns
    -------
    array (n, 3)    change, low, high; NaN where nothing was chosen, or nothing measured and no effect assumed
    """
    uplift = np.full((len(customers), 3), np.nan)
    liking = _liking(customers, menu)
    for k in np.unique(choice[choice >= 0]).tolist():
        who, action = np.flatnonzero(choice == k), menu.action_of(k)
        effect = effects.of(action.name, menu.channel_of(k))
        if effect is not None and effect.word == 1:
            uplift[who] = np.stack([effect.probability[who], effect.low[who], effect.high[who]], axis=1)
        elif action.assumed_effect is not None:
            uplift[who, 0] = action.assumed_effect * liking[who, k] * customers.churn[who]
    return uplift


def _liking(customers: Audience, menu: Menu) -> Matrix:
    """How well an assumed effect comes through, (n, options): 1 on the action's best channel that may be used.

    Other channels are worth less in proportion to the probability of a response; 1 throughout without a model of it.
    """
    liking = np.ones((len(customers), len(menu.options)), dtype=np.float32)
    if not np.isfinite(customers.contact).any():
        return liking
    chance = np.where(customers.may, np.nan_to_num(customers.contact), 0.0)
    for place in range(len(menu.plan.actions)):
        mine = [(k, option.channel) for k, option in enumerate(menu.options) if option.action == place]
        columns = [channel for _, channel in mine]
        best = chance[:, columns].max(axis=1, initial=0.0)
        for k, channel in mine:
            liking[:, k] = np.where(best > 0, chance[:, channel] / np.where(best > 0, best, 1.0), 1.0)
    return liking
