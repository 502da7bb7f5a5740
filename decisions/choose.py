"""Who gets what: the one body behind the night's run over everybody and a call about one customer.

The night deals exploration first and reserves what it uses, shares out the rest within budget and capacities, and keeps
the prices at which that was done. A call decides anew under those prices, so that the bounds still hold on average.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from decisions.allocation.allocate import BUDGET, allocate, best_of, picked, priced
from decisions.allocation.arms import EXPLORE, HOLDOUT, NOTHING, POLICY, Lots, deal, lots, propensities
from decisions.allocation.problem import Allocation, Choices, Limit, Problem
from decisions.allowed.eligibility import Audience, Codes, Menu, Rule, removed_by
from decisions.worth.worth import Effects, Worth, uplift_of, worth_of

_DEVIATIONS = 3.0  # by which what exploration may use stays below a bound
_MOST_HALVINGS = 40


@dataclass(frozen=True)
class Setting:
    """What holds for everybody on a day.

    Attributes
    ----------
    day : lots of exploration are drawn by it
    arm_key : key of all lots
    holdout, explore : shares; `explore` after it was shrunk to what the bounds have room for
    prices : by bound, as decisions.allocation.allocate names them
    """

    day: date
    arm_key: str
    holdout: float
    explore: float
    prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """What n customers get; places refer to the menu.

    Attributes
    ----------
    choice : int16 (n,)         option; NOTHING is to leave alone
    arm : int8 (n,)             place in decisions.allocation.arms.ARMS
    propensity : float (n,)     exact probability with which the choice was made
    net, cost : float (n,)      in money; 0 for nothing, net NaN where it cannot be told
    uplift : float (n, 3)       change of the order probability, low, high; NaN is unknown
    policys : int16 (n,)        what the policy takes where no lot says otherwise: of the holdout, what it goes without
    removed : uint8 (n, a)      the rule that removed each action, 0 for the chosen: see decisions.allowed.eligibility
    """

    choice: Choices
    arm: NDArray[np.int8]
    propensity: NDArray[np.float64]
    net: NDArray[np.float64]
    cost: NDArray[np.float64]
    uplift: NDArray[np.float64]
    policys: Choices
    removed: Codes

    def at(self, places: slice) -> "Chosen":
        """What the customers at these places get."""
        return Chosen(**{name: values[places] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Shared:
    """A night's choices, the setting to decide under until the next, and how near to the optimum they came.

    Attributes
    ----------
    reserved : expected cost of what exploration dealt
    allocation : of everybody else
    """

    chosen: Chosen
    setting: Setting
    reserved: float
    allocation: Allocation


@dataclass(frozen=True)
class _Weighed:
    codes: Codes
    worth: Worth
    lots: Lots
    held: NDArray[np.bool_]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        return np.asarray(self.codes == Rule.ALLOWED)

    @property
    def values(self) -> NDArray[np.float32]:
        """Net value of what is allowed, −inf elsewhere."""
        return np.where(self.codes == Rule.ALLOWED, self.worth.net, np.float32(-np.inf))


def share_out(customers: Audience, menu: Menu, effects: Effects, setting: Setting) -> Shared:
    """Decide for everybody at once, within budget, capacities and caps.

    Parameters
    ----------
    setting : of the day, with the share of exploration as stated; prices are found
    """
    weighed, limits = _weigh(customers, menu, effects, setting), limits_of(menu)
    explore = _room_for_lots(weighed, menu, limits, setting.explore)
    explorers, dealt, explore = _deal_within(weighed, menu, limits, explore)
    reserved = float(picked(weighed.worth.cost[explorers], dealt).sum())
    others = np.flatnonzero(~weighed.held & ~explorers)
    values = weighed.values
    left = [Limit(one.name, one.options, one.most - _uses(one, dealt)) for one in limits]
    budget = None if menu.plan.budget is None else menu.plan.budget - reserved
    allocation = allocate(Problem(values[others], weighed.worth.cost[others], budget, left))
    setting = Setting(setting.day, setting.arm_key, setting.holdout, explore, allocation.prices)
    policys = _at_prices(values, weighed.worth.cost, menu, setting.prices)
    policys[others] = allocation.choice
    chosen = _chosen(customers, menu, effects, weighed, policys, setting)
    return Shared(chosen, setting, reserved, allocation)


def choose(customers: Audience, menu: Menu, effects: Effects, setting: Setting) -> Chosen:
    """Decide for customers one by one, under the prices of a night."""
    weighed = _weigh(customers, menu, effects, setting)
    policys = _at_prices(weighed.values, weighed.worth.cost, menu, setting.prices)
    return _chosen(customers, menu, effects, weighed, policys, setting)


def limits_of(menu: Menu) -> list[Limit]:
    """The capacities of channels and actions as bounds on options, named channel:… and action:…."""
    channels = np.array([option.channel for option in menu.options], dtype=np.intp)
    actions = np.array([option.action for option in menu.options], dtype=np.intp)
    limits = [
        Limit(f"channel:{name}", channels == menu.channels.index(name), most)
        for name, most in menu.plan.channel_capacity.items()
        if name in menu.channels
    ]
    return limits + [
        Limit(f"action:{action.name}", actions == place, action.capacity)
        for place, action in enumerate(menu.plan.actions)
        if action.capacity is not None
    ]


def _weigh(customers: Audience, menu: Menu, effects: Effects, setting: Setting) -> _Weighed:
    drawn = lots(customers.ids, setting.day, setting.arm_key)
    codes = removed_by(customers, menu)
    return _Weighed(codes, worth_of(customers, menu, effects), drawn, drawn.held < setting.holdout)


def _at_prices(
    values: NDArray[np.float32], costs: NDArray[np.float32], menu: Menu, prices: Mapping[str, float]
) -> Choices:
    return best_of(priced(values, costs, prices.get(BUDGET, 0.0), option_prices(menu, prices)))


def option_prices(menu: Menu, prices: Mapping[str, float]) -> NDArray[np.float64]:
    """What the capacities that an option takes up cost at these prices, (options,)."""
    total = np.zeros(len(menu.options))
    for one in limits_of(menu):
        total += prices.get(one.name, 0.0) * one.options
    return total


def _room_for_lots(weighed: _Weighed, menu: Menu, limits: Sequence[Limit], stated: float) -> float:
    """The share of exploration whose expected use, three deviations added, stays within every bound."""
    if stated == 0:
        return stated
    free = weighed.allowed & ~weighed.held[:, None]
    chance = 1.0 / (1 + free.sum(axis=1))
    share = stated
    if menu.plan.budget is not None:
        costs = np.where(free, weighed.worth.cost, 0.0)
        mean, square = (float(((costs**power).sum(axis=1) * chance).sum()) for power in (1, 2))
        share = min(share, _share_within(mean, square, menu.plan.budget))
    for limit in limits:
        mean = float((free[:, limit.options].sum(axis=1) * chance).sum())
        share = min(share, _share_within(mean, mean, limit.most))
    return share


def _share_within(mean: float, square: float, most: float) -> float:
    """The largest x with x · mean + deviations · √(x · square) ≤ most."""
    if mean == 0:
        return 1.0
    root = (-_DEVIATIONS * square**0.5 + (_DEVIATIONS**2 * square + 4 * mean * most) ** 0.5) / (2 * mean)
    return float(root**2)


def _deal_within(
    weighed: _Weighed, menu: Menu, limits: Sequence[Limit], explore: float
) -> tuple[NDArray[np.bool_], Choices, float]:
    """Who explores, what they are dealt, and the share; halved in the rare case that the draw overruns a bound."""
    for _ in range(_MOST_HALVINGS):
        explorers = ~weighed.held & (weighed.lots.lot < explore)
        dealt = deal(weighed.lots.seed[explorers], weighed.allowed[explorers])
        cost = float(picked(weighed.worth.cost[explorers], dealt).sum())
        fits = menu.plan.budget is None or cost <= menu.plan.budget
        if fits and all(_uses(limit, dealt) <= limit.most for limit in limits):
            return explorers, dealt, explore
        explore /= 2
    return np.zeros(len(weighed.held), dtype=bool), np.empty(0, dtype=np.int16), 0.0


def _uses(limit: Limit, choice: Choices) -> int:
    return int(limit.options[choice[choice != NOTHING]].sum())


def _chosen(
    customers: Audience, menu: Menu, effects: Effects, weighed: _Weighed, policys: Choices, setting: Setting
) -> Chosen:
    explorers = ~weighed.held & (weighed.lots.lot < setting.explore)
    choice = policys.copy()
    choice[explorers] = deal(weighed.lots.seed[explorers], weighed.allowed[explorers])
    choice[weighed.held] = NOTHING
    arm = np.where(weighed.held, HOLDOUT, np.where(explorers, EXPLORE, POLICY)).astype(np.int8)
    options = 1 + weighed.allowed.sum(axis=1)
    net = picked(weighed.worth.net, choice)
    return Chosen(
        choice=choice,
        arm=arm,
        propensity=propensities(choice, policys, options, setting.holdout, setting.explore),
        net=np.where(np.isfinite(net), net, np.nan),
        cost=picked(weighed.worth.cost, choice),
        uplift=uplift_of(customers, menu, effects, choice),
        policys=policys,
        removed=_removed(menu, weighed, choice, arm, setting),
    )


def _removed(menu: Menu, weighed: _Weighed, choice: Choices, arm: NDArray[np.int8], setting: Setting) -> Codes:
    """By which rule each action fell out, (n, actions)."""
    told = np.zeros((len(choice), len(menu.plan.actions)), dtype=np.uint8)
    values, costs = weighed.values, weighed.worth.cost
    takes = option_prices(menu, setting.prices)
    owner = np.array([option.action for option in menu.options], dtype=np.intp)
    net = np.where(choice == NOTHING, 0.0, picked(values, choice))
    for place in range(told.shape[1]):
        mine = np.flatnonzero(owner == place)
        if not len(mine):
            told[:, place] = Rule.NO_CONSENT
            continue
        codes, own = weighed.codes[:, mine], values[:, mine]
        best = own.argmax(axis=1)
        value = own[np.arange(len(own)), best]
        by_budget = setting.prices.get(BUDGET, 0.0) * costs[np.arange(len(own)), mine[best]]
        scarce = np.where(takes[mine[best]] > by_budget, Rule.CAPACITY, Rule.BUDGET)
        lost = np.where(value > net, scarce, Rule.WORTH_LESS)
        lost = np.where(value <= 0, Rule.NOT_WORTH_IT, lost)
        lost = np.where(np.isneginf(value), Rule.NO_VALUE, lost)
        lost = np.where(arm == EXPLORE, Rule.LOT, lost)
        lost = np.where(arm == HOLDOUT, Rule.HOLDOUT, lost)
        lost = np.where((codes == Rule.ALLOWED).any(axis=1), lost, codes.max(axis=1))
        told[:, place] = np.where((choice != NOTHING) & (owner[choice] == place), Rule.ALLOWED, lost)
    return told
