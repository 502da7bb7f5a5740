"""What a shop may do for a customer, and within which bounds: shop.toml's actions, budget, caps, causes and explore.

Nothing here knows an action's name. A plan is read from the parsed sections of shop.toml; what cannot be is refused
with the section, the key, what was found and what to write.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from decisions.allowed.cart import CAUSES_OF_CARTS
from decisions.causes import CAUSES
from decisions.stages import STAGES
from scoring.errors import ServingError

LEAVE_ALONE = "leave_alone"
SECTIONS = ("actions", "budget", "caps", "causes", "explore")
DECISION_DAYS = 7  # how long a decision may be acted on, and an action's cool-down where none is said
_ACTION_KEYS = (
    "about", "channels", "cost", "offer", "stages", "because", "never", "within_km", "cooldown", "capacity",
    "assumed_effect",
)  # fmt: skip


class PlanError(ServingError):
    """shop.toml declares actions, bounds or causes that cannot be."""


@dataclass(frozen=True)
class ActionOffer:
    """What a customer is given along with an action.

    Attributes
    ----------
    code : what the customer types in or shows
    cost : what one redeemed offer costs the shop, in its currency
    in_amount : the amounts of orders are already net of it, so that it costs nothing besides
    """

    code: str
    cost: float
    in_amount: bool = False


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes
    ----------
    channels : through which it may go out; None is every channel that may be used
    cost : of a send, whatever the channel; the channel's own cost comes on top
    stages, because : for whom, by stage and by cause; empty is anybody
    never : features that must be 0 or unknown
    within_km : how near a store must be, where a store matters; None where none does
    cooldown_days : days until the same action may be decided for the same customer again
    capacity : most decisions a run; None is any number
    assumed_effect : share of those leaving who stay, taken for granted until it is measured; None where nobody said
    about : what it is, by language
    """

    name: str
    cost: float
    channels: tuple[str, ...] | None = None
    offer: ActionOffer | None = None
    stages: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    within_km: float | None = None
    cooldown_days: int = DECISION_DAYS
    capacity: int | None = None
    assumed_effect: float | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def saves_carts(self) -> bool:
        """Whether it answers carts alone: then a store within reach is one way to save one, and no condition."""
        return bool(self.because) and CAUSES_OF_CARTS.issuperset(self.because)

    @property
    def needs_store(self) -> bool:
        """Whether it is given only where a store is near."""
        return self.within_km is not None and not self.saves_carts


@dataclass(frozen=True)
class Cap:
    """Most sends a customer: in any 7 days, in any 30; None is any number."""

    week: int | None = None
    month: int | None = None


@dataclass(frozen=True)
class Plan:
    """Everything shop.toml says about what to do.

    Attributes
    ----------
    budget : expected cost of a run; None is any
    channel_capacity : channel → sends a run
    caps, channel_caps : sends a customer over all channels, and by channel
    causes : cause → the features that make it
    explore : share of decisions dealt by lot, in [0, 1)
    """

    actions: tuple[Action, ...] = ()
    budget: float | None = None
    channel_capacity: Mapping[str, int] = field(default_factory=dict)
    caps: Cap = Cap()
    channel_caps: Mapping[str, Cap] = field(default_factory=dict)
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CAUSES)
    explore: float = 0.0


def plan_of(document: Mapping[str, Any], channels: Collection[str]) -> Plan:
    """Read the plan from a parsed shop.toml; sections that are none of ours are passed over.

    Parameters
    ----------
    channels : names of the channels that exist

    Raises
    ------
    PlanError   with the first thing that cannot be
    """
    for name in SECTIONS:
        _table(document.get(name, {}), name)
    budget, caps = document.get("budget", {}), document.get("caps", {})
    explore = document.get("explore", {})
    _known_keys(budget, "budget", ("amount", "channels"))
    _known_keys(caps, "caps", ("week", "month", "channels"))
    _known_keys(explore, "explore", ("share",))
    causes = {**CAUSES, **{name: _texts(features, f"causes] {name}") for name, features in _of(document, "causes")}}
    capacity = _table(budget.get("channels", {}), "budget.channels")
    by_channel = _table(caps.get("channels", {}), "caps.channels")
    _exist(capacity, "[budget.channels]", channels)
    _exist(by_channel, "[caps.channels]", channels)
    share = _number(explore, "explore", "share", 0.0)
    if share is None or not 0 <= share < 1:
        raise PlanError(f"shop.toml: [explore] share = {share} lies outside [0, 1). Give a share such as 0.05.")
    return Plan(
        actions=(
            *_older_offers(document.get("offers", {}), document.get("actions", {})),
            *(_action(name, given, channels, causes) for name, given in _of(document, "actions")),
        ),
        budget=_number(budget, "budget", "amount", None),
        channel_capacity=MappingProxyType({name: _whole(capacity, "budget.channels", name) or 0 for name in capacity}),
        caps=_cap(caps, "caps"),
        channel_caps=MappingProxyType(
            {name: _cap(_table(cap, f"caps.channels.{name}"), f"caps.channels.{name}", only=("week", "month"))
             for name, cap in by_channel.items()}
        ),
        causes=MappingProxyType(causes),
        explore=share,
    )  # fmt: skip


def _action(name: str, given: Any, channels: Collection[str], causes: Collection[str]) -> Action:
    where = f"actions.{name}"
    given = _table(given, where)
    _known_keys(given, where, _ACTION_KEYS)
    if not name.replace("_", "").replace("-", "").isalnum() or name == LEAVE_ALONE:
        raise PlanError(
            f"shop.toml: an action cannot be named '{name}'. Take letters, digits and _ (not {LEAVE_ALONE})."
        )
    if "cost" not in given:
        raise PlanError(f"shop.toml: [{where}] has no cost. Say what a send costs, such as cost = 0.05, or cost = 0.0.")
    through = _texts(given["channels"], f"{where}] channels") if "channels" in given else None
    _exist(through or (), f"[{where}] channels", channels)
    stages, because = (_texts(given.get(key, []), f"{where}] {key}") for key in ("stages", "because"))
    _among(stages, STAGES, f"[{where}] stages", "stage")
    _among(because, causes, f"[{where}] because", "cause", "; declare it under [causes]")
    effect = _number(given, where, "assumed_effect", None)
    if effect is not None and effect > 1:
        raise PlanError(f"shop.toml: [{where}] assumed_effect = {effect} is no share. Give a number from 0 to 1.")
    return Action(
        name=name,
        cost=_number(given, where, "cost", 0.0) or 0.0,
        channels=through,
        offer=_offer(given["offer"], where) if "offer" in given else None,
        stages=stages,
        because=because,
        never=_texts(given.get("never", []), f"{where}] never"),
        within_km=_number(given, where, "within_km", None),
        cooldown_days=_days(given.get("cooldown", f"{DECISION_DAYS}d"), where),
        capacity=_whole(given, where, "capacity"),
        assumed_effect=effect,
        about=MappingProxyType(dict(_table(given.get("about", {}), f"{where}.about"))),
    )


def _older_offers(offers: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterable[Action]:
    """Offers of older files: for who is at risk, at the cost of the offer alone."""
    for name, given in offers.items():
        if name not in declared:
            offer = _offer(given, f"offers.{name}", ("assumed_effect",))
            effect = _number(given, f"offers.{name}", "assumed_effect", 0.0)
            yield Action(name, cost=0.0, offer=offer, stages=("at_risk",), assumed_effect=effect)


def _offer(given: Any, where: str, also: tuple[str, ...] = ()) -> ActionOffer:
    given = _table(given, f"{where}.offer")
    _known_keys(given, where, ("code", "cost", "in_amount", *also))
    if "cost" not in given:
        raise PlanError(
            f"shop.toml: the offer of [{where}] has no cost. Say what one redeemed costs, such as cost = 8.0."
        )
    in_amount = given.get("in_amount", False)
    if not isinstance(in_amount, bool):
        raise PlanError(f"shop.toml: [{where}] offer in_amount = {in_amount!r} is neither true nor false.")
    code = str(given.get("code", where.rpartition(".")[2]))
    return ActionOffer(code=code, cost=_number(given, where, "cost", 0.0) or 0.0, in_amount=in_amount)


def _cap(given: Mapping[str, Any], where: str, only: tuple[str, ...] = ()) -> Cap:
    if only:
        _known_keys(given, where, only)
    return Cap(_whole(given, where, "week"), _whole(given, where, "month"))


def _of(document: Mapping[str, Any], section: str) -> Iterable[tuple[str, Any]]:
    return document.get(section, {}).items()  # type: ignore[no-any-return]


def _table(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise PlanError(f"shop.toml: {where} = {given!r} is no section. Write [{where}] and its lines below.")
    return given


def _known_keys(given: Mapping[str, Any], where: str, known: Collection[str]) -> None:
    _among(given, known, f"[{where}]", "key")


def _among(given: Iterable[str], known: Collection[str], where: str, what: str, remedy: str = "") -> None:
    lost = [one for one in given if one not in known]
    if lost:
        raise PlanError(
            f"shop.toml: {where} names the {what} '{lost[0]}', which nobody knows. "
            f"Known are {', '.join(known)}{remedy}."
        )


def _exist(given: Iterable[str], where: str, channels: Collection[str]) -> None:
    lost = [one for one in given if one not in channels]
    if lost:
        known = ", ".join(sorted(channels))
        raise PlanError(
            f"shop.toml: {where} names the channel '{lost[0]}', which does not exist. "
            f"Known are {known}; a new one is declared as [channels.{lost[0]}]."
        )


def _texts(given: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise PlanError(f'shop.toml: [{where} = {given!r} is no list of names. Write ["…", "…"].')
    return tuple(given)


def _number(given: Mapping[str, Any], where: str, key: str, default: float | None) -> float | None:
    value = given.get(key, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlanError(f"shop.toml: [{where}] {key} = {value!r} is no number.")
    if value < 0:
        raise PlanError(f"shop.toml: [{where}] {key} = {value} is below 0. Give 0 or more.")
    return float(value)


def _whole(given: Mapping[str, Any], where: str, key: str) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PlanError(f"shop.toml: [{where}] {key} = {value!r} is no count. Give a whole number, 0 or more.")
    return value


def _days(given: Any, where: str) -> int:
    digits = given.removesuffix("d") if isinstance(given, str) else ""
    if not digits.isdigit() or not given.endswith("d"):
        raise PlanError(f'shop.toml: [{where}] cooldown = {given!r} is no length of time. Write days, such as "30d".')
    return int(digits)
