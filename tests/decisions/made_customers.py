"""Customers and plans of all sorts, by seed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from decisions.actions import Action, ActionOffer, Cap, Plan
from decisions.allowed.eligibility import Audience, Menu, menu_of
from decisions.choose import Setting
from decisions.stages import STAGES

DAY = date(2026, 6, 1)
CHANNELS = ("email", "sms", "call")
CAUSES = {"service": ("cases",), "silence": ("days_since_order",)}


def customers(n: int, actions: int, seed: int = 0, **given: Any) -> Audience:
    """n customers with everything drawn, but for what is given."""
    rng, c = np.random.default_rng(seed), len(CHANNELS)
    churn = rng.uniform(0, 1, n)
    month = rng.integers(0, 3, (n, c))
    drawn: dict[str, Any] = {
        "ids": [f"C-{i}" for i in range(n)],
        "stage": rng.integers(0, len(STAGES), n).astype(np.int8),
        "cause": rng.integers(-1, len(CAUSES), n).astype(np.int8),
        "churn": churn,
        "order": 1 - churn,
        "stake": rng.gamma(1.0, 200.0, n),
        "contact": rng.uniform(0, 0.3, (n, c)).astype(np.float32),
        "may": rng.random((n, c)) < 0.7,
        "week": np.minimum(month, rng.integers(0, 2, (n, c))),
        "month": month,
        "week_all": np.zeros(n, int),
        "month_all": month.sum(axis=1),
        "rested": rng.random((n, actions)) < 0.8,
        "clear": rng.random((n, actions)) < 0.9,
        "near": np.ones((n, actions), bool),
        "suppressed": rng.random(n) < 0.02,
    }
    drawn["week_all"] = drawn["week"].sum(axis=1)
    return Audience(**(drawn | given))


def easy(n: int, actions: int, **given: Any) -> Audience:
    """n customers whom no rule keeps from anything."""
    c = len(CHANNELS)
    plain: dict[str, Any] = {
        "may": np.ones((n, c), bool), "week": np.zeros((n, c), int), "month": np.zeros((n, c), int),
        "week_all": np.zeros(n, int), "month_all": np.zeros(n, int), "rested": np.ones((n, actions), bool),
        "clear": np.ones((n, actions), bool), "suppressed": np.zeros(n, bool),
        "contact": np.full((n, c), np.nan, np.float32),
    }  # fmt: skip
    return customers(n, actions, **(plain | given))


def plan(**given: Any) -> Plan:
    """Four actions of all sorts."""
    actions = (
        Action(
            "voucher", 0.05, offer=ActionOffer("BACK8", 8.0), stages=("at_risk", "dormant", "lost"), assumed_effect=0.2
        ),
        Action("care", 2.0, channels=("call",), because=("service",), assumed_effect=0.3, capacity=40),
        Action("news", 0.01, channels=("email", "sms"), assumed_effect=0.02),
        Action("survey", 0.0),
    )
    return Plan(**({"actions": actions, "causes": CAUSES, "caps": Cap(2, 4)} | given))


def menu(made: Plan, costs: Sequence[float] = (0.0, 0.05, 1.0)) -> Menu:
    return menu_of(made, CHANNELS, costs)


def setting(**given: Any) -> Setting:
    return Setting(**({"day": DAY, "arm_key": "k", "holdout": 0.05, "explore": 0.0} | given))
