"""What may be done for whom: every rule that can remove an option, in the order in which they are asked.

A rule's code is stored for each customer and option; 0 is allowed. The order is that of the codes, so the largest code
among an action's options names the rule that stopped the option which came furthest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from decisions.actions import Action, Cap, Plan
from decisions.stages import STAGES


class Rule(IntEnum):
    """Why an option is not given; the first ones are asked of a customer and option alone, the last ones of all."""

    ALLOWED = 0
    SUPPRESSED = 1
    HOLDOUT = 2
    STAGE = 3
    CAUSE = 4
    NEVER = 5
    NO_STORE_NEAR = 6
    COOLDOWN = 7
    NO_CONSENT = 8
    WEEK_CAP = 9
    MONTH_CAP = 10
    NO_VALUE = 11
    NOT_WORTH_IT = 12
    WORTH_LESS = 13
    BUDGET = 14
    CAPACITY = 15
    LOT = 16
    NO_REACH = 17  # of a customer whom no channel at all may be used for; then every option has it

    @property
    def told(self) -> str:
        """As a receipt names it."""
        return self.name.lower()


Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Option:
    """An action through a channel.

    Attributes
    ----------
    action, channel : places in the menu's plan and channels
    send_cost : what a send of it costs on this channel, in money
    """

    action: int
    channel: int
    send_cost: float


@dataclass(frozen=True)
class Menu:
    """What there is to choose from.

    Attributes
    ----------
    channels : names, in the order in which customers' arrays hold them
    """

    plan: Plan
    channels: tuple[str, ...]
    options: tuple[Option, ...]

    def action_of(self, option: int) -> Action:
        """The action of an option."""
        return self.plan.actions[self.options[option].action]

    def channel_of(self, option: int) -> str:
        """The channel of an option."""
        return self.channels[self.options[option].channel]


@dataclass(frozen=True)
class Audience:
    """What is looked at of n customers; a actions, c channels in the menu's order.

    Attributes
    ----------
    ids : what lots are drawn by
    stage : int8 (n,)               place in decisions.stages.STAGES
    cause : int8 (n,)               place among the plan's causes, −1 for none
    churn, order : float (n,)       probabilities of no order and of an order within the horizon; NaN without a model
    stake : float (n,)              expected margin over the next 12 months, in money; NaN where it cannot be told
    contact : float (n, c)          probability of a response by channel; NaN without a model
    may : bool (n, c)               consent or a stated basis, no objection, and reach
    week, month : int (n, c)        known sends of 7 and of 30 days and decisions not expired, by channel
    week_all, month_all : int (n,)  the same over all channels
    rested : bool (n, a)            the action's cool-down has passed
    clear : bool (n, a)             every feature that the action names as `never` is 0 or unknown
    near : bool (n, a)              a store is within reach, or the action needs none
    suppressed : bool (n,)          profiling was withdrawn
    """

    ids: Sequence[str]
    stage: NDArray[np.int8]
    cause: NDArray[np.int8]
    churn: NDArray[np.float64]
    order: NDArray[np.float64]
    stake: NDArray[np.float64]
    contact: NDArray[np.float32]
    may: NDArray[np.bool_]
    week: NDArray[np.integer]
    month: NDArray[np.integer]
    week_all: NDArray[np.integer]
    month_all: NDArray[np.integer]
    rested: NDArray[np.bool_]
    clear: NDArray[np.bool_]
    near: NDArray[np.bool_]
    suppressed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.stage)


def menu_of(plan: Plan, channels: Sequence[str], channel_costs: Sequence[float]) -> Menu:
    """Every action through every channel it may take; a send costs the action's own price and the channel's."""
    options = [
        Option(i, j, action.cost + cost)
        for i, action in enumerate(plan.actions)
        for j, (channel, cost) in enumerate(zip(channels, channel_costs, strict=True))
        if action.channels is None or channel in action.channels
    ]
    return Menu(plan, tuple(channels), tuple(options))


def removed_by(customers: Audience, menu: Menu) -> Codes:
    """Which rule removes each option for each customer, (n, options); Rule.ALLOWED where none does."""
    by_action = [_of_action(customers, menu, place) for place in range(len(menu.plan.actions))]
    by_channel = [_of_channel(customers, menu.plan, place, name) for place, name in enumerate(menu.channels)]
    codes = np.empty((len(customers), len(menu.options)), dtype=np.uint8)
    nowhere = ~customers.may.any(axis=1)
    for k, option in enumerate(menu.options):
        action, channel = by_action[option.action], by_channel[option.channel]
        codes[:, k] = np.where(action != Rule.ALLOWED, action, channel)
        codes[(codes[:, k] == Rule.NO_CONSENT) & nowhere, k] = Rule.NO_REACH
        capacity = (menu.plan.actions[option.action].capacity, menu.plan.channel_capacity.get(menu.channel_of(k)))
        if 0 in capacity:
            codes[codes[:, k] == Rule.ALLOWED, k] = Rule.CAPACITY
    return codes


def _of_action(customers: Audience, menu: Menu, place: int) -> Codes:
    action, causes = menu.plan.actions[place], list(menu.plan.causes)
    asked: list[tuple[int, NDArray[np.bool_]]] = [(Rule.SUPPRESSED, customers.suppressed)]
    if action.stages:
        asked.append((Rule.STAGE, _none_of(customers.stage, [STAGES.index(one) for one in action.stages])))
    if action.because:
        asked.append((Rule.CAUSE, _none_of(customers.cause, [causes.index(one) for one in action.because])))
    asked += [(Rule.NEVER, ~customers.clear[:, place]), (Rule.NO_STORE_NEAR, ~customers.near[:, place])]
    asked.append((Rule.COOLDOWN, ~customers.rested[:, place]))
    return _first(asked, len(customers))


def _of_channel(customers: Audience, plan: Plan, place: int, name: str) -> Codes:
    asked: list[tuple[int, NDArray[np.bool_]]] = [(Rule.NO_CONSENT, ~customers.may[:, place])]
    own = plan.channel_caps.get(name, Cap())
    pairs = (
        (Rule.WEEK_CAP, plan.caps.week, customers.week_all),
        (Rule.WEEK_CAP, own.week, customers.week[:, place]),
        (Rule.MONTH_CAP, plan.caps.month, customers.month_all),
        (Rule.MONTH_CAP, own.month, customers.month[:, place]),
    )
    asked += [(code, sends >= most) for code, most, sends in pairs if most is not None]
    return _first(asked, len(customers))


def _first(asked: Sequence[tuple[int, NDArray[np.bool_]]], n: int) -> Codes:
    """The code of the first rule that applies."""
    codes = np.zeros(n, dtype=np.uint8)
    for code, applies in reversed(asked):
        codes[applies] = code
    return codes


def _none_of(values: NDArray[np.int8], places: Sequence[int]) -> NDArray[np.bool_]:
    return np.asarray(~np.isin(values, places), dtype=np.bool_)
