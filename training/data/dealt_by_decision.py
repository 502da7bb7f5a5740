"""What decisions dealt, as moments of a trial: by lot, with the probability that was logged.

A decision in which nothing was left to lot shows nobody who got something else, so it is no moment. Where several
actions were dealt and no option by lot (no exploration), who was left alone would be compared with people of another
kind; then decisions tell no effect, and messages have to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import ARMS, EXPLORE
from decisions.allowed.eligibility import Rule
from features.clocks import add_days, midnight
from features.engine import Engine
from features.known import WITHHELD, known_before
from features.shop import Shop

NOTHING = "control"  # what was dealt where a send was withheld, or a customer left alone
MOST = 200_000  # the newest decisions that are looked at
# Rules that keep an option from being dealt at all, by lot as well; the others are about what it is worth.
_NEVER_DEALT = frozenset(
    rule.told
    for rule in Rule
    if (Rule.ALLOWED < rule < Rule.NO_VALUE and rule is not Rule.HOLDOUT) or rule is Rule.NO_REACH
)


@dataclass(frozen=True)
class Dealt:
    """Moments of decisions.

    Attributes
    ----------
    rows : one a customer and day, in order: customer_id, day, action, action_propensity (NaN where nobody logged it),
        cost, possible (names of the actions that could have been dealt; None where no receipt tells)
    numbers : ids of all decisions known, whatever was left to lot
    since : day of the first decision; None where there is none
    certain : decisions left out because nothing was left to lot
    unmixed : decisions left out because several actions were dealt and no option by lot
    """

    rows: tuple[Mapping[str, Any], ...] = ()
    numbers: frozenset[str] = frozenset()
    since: datetime | None = None
    certain: int = 0
    unmixed: int = 0


def dealt_by_decisions(shop: Shop, last: datetime, until: datetime, engine: Engine) -> Dealt:
    """What the shop's decisions dealt on days up to `last`, as known at `until`."""
    if not shop.has("decisions"):
        return Dealt()
    rows = known_before(engine.read(shop.path("decisions")), until)
    rows = rows.filter(rows.happened_at < add_days(last, 1))
    names = ("decision_id", "customer_id", "happened_at", "action", "arm", "propensity", "cost", "receipt")
    newest = engine.arrow(rows.order_by([rows.happened_at.desc(), "decision_id"]).limit(MOST).select(*names))
    told = newest.to_pylist()[::-1]
    if not told:
        return Dealt()
    held = _withheld(shop, until, engine)
    known = [_moment(one, held) for one in told]
    by_lot = [one for one in known if not one["action_propensity"] >= 1.0]  # NaN stays: it will be estimated
    every = frozenset(one["decision_id"] for one in told)
    since, certain = midnight(told[0]["happened_at"]), len(known) - len(by_lot)
    if not _mixed(told, by_lot):
        return Dealt((), every, None, certain, len(by_lot))
    return Dealt(_one_a_day(by_lot), every, since, certain)


def _moment(one: Mapping[str, Any], held: Mapping[str, float]) -> dict[str, Any]:
    number, action = one["decision_id"], one["action"]
    chance = held.get(number, np.nan if one["propensity"] is None else one["propensity"])
    nothing = action == LEAVE_ALONE or one["arm"] == WITHHELD or number in held
    return {
        "customer_id": one["customer_id"],
        "day": midnight(one["happened_at"]),
        "action": NOTHING if nothing else action,
        "action_propensity": chance,
        "cost": 0.0 if nothing or one["cost"] is None else float(one["cost"]),
        "possible": _possible(one["receipt"], action),
    }


@lru_cache(maxsize=4_096)
def _possible(receipt: str | None, action: str) -> frozenset[str] | None:
    """The actions that could have been dealt beside nothing; None where the receipt does not tell."""
    try:
        removed = json.loads(receipt or "")["removed"]
    except (ValueError, KeyError, TypeError):
        return None
    return frozenset([action, *(name for name, rule in removed.items() if rule not in _NEVER_DEALT)])


def _withheld(shop: Shop, until: datetime, engine: Engine) -> dict[str, float]:
    """Decisions whose send was withheld on purpose, and the probability of that."""
    if not shop.has("messages"):
        return {}
    rows = known_before(engine.read(shop.path("messages")), until)
    rows = rows.filter(rows.decision_id.notnull(), rows.arm.fill_null("") == WITHHELD)
    told = engine.arrow(rows.select("decision_id", "action_propensity"))
    pairs = zip(told["decision_id"].to_pylist(), told["action_propensity"].to_pylist(), strict=True)
    return {number: np.nan if chance is None else chance for number, chance in pairs}


def _mixed(told: list[dict[str, Any]], by_lot: list[dict[str, Any]]) -> bool:
    """Whether who got one action can be compared with who got nothing: one action only, or options dealt by lot."""
    actions = {one["action"] for one in by_lot} - {NOTHING}
    return len(actions) <= 1 or any(one["arm"] in (ARMS[EXPLORE], WITHHELD) for one in told)


def _one_a_day(moments: list[dict[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The day's first action of each customer, nothing only where none was dealt; oldest first."""
    found: dict[tuple[datetime, str], dict[str, Any]] = {}
    for one in moments:
        known = found.setdefault((one["day"], one["customer_id"]), one)
        if known["action"] == NOTHING != one["action"]:
            found[one["day"], one["customer_id"]] = one
    return tuple(found[key] for key in sorted(found))
