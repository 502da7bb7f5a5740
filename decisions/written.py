"""A night's plan and setting as JSON, for the snapshot: what the shop said and the prices it led to."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from decisions.actions import Action, ActionOffer, Cap, Plan
from decisions.allowed.eligibility import Menu, Option
from decisions.choose import Setting

_TUPLES = ("channels", "stages", "because", "never")


def to_plain(menu: Menu, setting: Setting, margin: float | None) -> dict[str, Any]:
    """As JSON can say it."""
    plan = menu.plan
    return {
        "plan": {
            "actions": [{**vars(action), "about": dict(action.about), "offer": action.offer and vars(action.offer)}
                        for action in plan.actions],
            "budget": plan.budget,
            "channel_capacity": dict(plan.channel_capacity),
            "caps": vars(plan.caps),
            "channel_caps": {name: vars(cap) for name, cap in plan.channel_caps.items()},
            "causes": dict(plan.causes),
            "explore": plan.explore,
        },
        "channels": list(menu.channels),
        "options": [dataclasses.astuple(option) for option in menu.options],
        "setting": {**vars(setting), "day": setting.day.isoformat(), "prices": dict(setting.prices)},
        "margin": margin,
    }  # fmt: skip


def from_plain(plain: Mapping[str, Any]) -> tuple[Menu, Setting, float | None]:
    """Back from `to_plain`.

    Raises
    ------
    KeyError, TypeError, ValueError     if it is not that
    """
    told = plain["plan"]
    plan = Plan(
        actions=tuple(map(_action, told["actions"])),
        budget=told["budget"],
        channel_capacity=MappingProxyType(told["channel_capacity"]),
        caps=Cap(**told["caps"]),
        channel_caps=MappingProxyType({name: Cap(**cap) for name, cap in told["channel_caps"].items()}),
        causes=MappingProxyType({name: tuple(features) for name, features in told["causes"].items()}),
        explore=told["explore"],
    )
    menu = Menu(plan, tuple(plain["channels"]), tuple(Option(*one) for one in plain["options"]))
    setting = {**plain["setting"], "day": date.fromisoformat(plain["setting"]["day"])}
    return menu, Setting(**setting), plain["margin"]


def _action(plain: Mapping[str, Any]) -> Action:
    lists = {name: tuple(plain[name]) for name in _TUPLES if plain[name] is not None}
    return Action(**{**plain, **lists, "offer": plain["offer"] and ActionOffer(**plain["offer"])})
