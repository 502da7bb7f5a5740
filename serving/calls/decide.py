"""One decision for a call: the night's, or a new one under its prices where the customer has done something since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from decisions.actions import DECISION_DAYS, LEAVE_ALONE
from decisions.allocation.arms import ARMS, EXPLORE, NOTHING, POLICY
from decisions.allowed.channels import ChannelRules
from decisions.allowed.eligibility import Audience, Rule
from decisions.allowed.moments import expires_at, send_at
from decisions.causes import NO_CAUSE
from decisions.choose import choose
from decisions.policy import band_of
from decisions.receipts import decision_id, receipt
from decisions.stages import STAGES
from decisions.worth.money import money
from decisions.worth.worth import Effects
from scoring.clock import minute_text
from serving.calls.context import Here, here_of
from serving.calls.customers import Asked, Scored, Sought
from serving.calls.one_customer import one_customer, stage_at
from serving.calls.rescue import rescue
from serving.contract.requests import DecisionContext
from serving.snapshot.decided import Decided

Result = dict[str, Any]


@dataclass(frozen=True)
class _Choice:
    """What is told of a decision; as serving.snapshot.decided keeps it, for one customer."""

    number: str
    stage: str
    choice: int
    arm: int
    propensity: float
    net: float
    uplift: tuple[float, float, float]
    cause: int
    removed: list[int]


def decision(
    asked: Asked,
    one: Sought,
    i: int,
    scored: Scored,
    known: dict[str, float],
    context: DecisionContext | None = None,
) -> Result:
    """The decision's own fields; reasons and scores are added by the call.

    Parameters
    ----------
    context : where the customer is at this moment, as the caller says
    """
    live, night = asked.live, asked.live.decided
    answers = scored.answer(i)
    band = band_of(answers["churn_probability"]) if "churn_probability" in answers else None
    if night is None or live.snapshot.age_days(asked.moment.date()) >= DECISION_DAYS:
        rule = "no_night" if night is None else "outdated"
        return {"stage": stage_at(asked, known), "band": band, **_left_alone(asked, one, rule)}
    here = here_of(asked, night, one, context)
    effects = night.effects_for(answers)
    found = _of_the_night(asked, night, one, here)
    if found is None:
        found = _anew(asked, night, one, one_customer(asked, night, one, i, scored, known, here), effects,
                      scored.matrix[i].tobytes().hex() + here.counted)  # fmt: skip
    told = _told(asked, night, one, found, here, effects)
    action = None if found.choice == NOTHING else night.menu.action_of(found.choice)
    saving = rescue(asked, one, action, told["cause"], known, context)
    return {"stage": found.stage, "band": band, **told, **({"rescue": saving} if saving else {})}


def _of_the_night(asked: Asked, night: Decided, one: Sought, here: Here) -> _Choice | None:
    """What the night decided; None where something is new since, or the channel may no longer be used."""
    if one.row < 0 or here.told or (one.customer_id in asked.rows and one.customer_id not in asked.unchanged):
        return None
    record = night.of(one.row)
    choice = int(record["choice"])
    if choice != NOTHING and night.menu.channel_of(choice) not in here.channels:
        return None
    number = decision_id(one.customer_id, asked.live.snapshot.cutoff, night.setting.arm_key)
    arm, cause, stage = (int(record[name]) for name in ("arm", "cause", "stage"))
    uplift: Any = tuple(record["uplift"].tolist())
    return _Choice(number, STAGES[stage], choice, arm, float(record["propensity"]), float(record["net"]), uplift, cause,
                   record["removed"].tolist())  # fmt: skip


def _anew(asked: Asked, night: Decided, one: Sought, customers: Audience, effects: Effects, then: str) -> _Choice:
    chosen = choose(customers, night.menu, effects, night.setting)
    number = decision_id(one.customer_id, asked.live.snapshot.cutoff, night.setting.arm_key, then)
    uplift: Any = tuple(chosen.uplift[0].tolist())
    stage = STAGES[customers.stage[0]]
    return _Choice(number, stage, int(chosen.choice[0]), int(chosen.arm[0]), float(chosen.propensity[0]),
                   float(chosen.net[0]), uplift, int(customers.cause[0]), chosen.removed[0].tolist())  # fmt: skip


def _told(asked: Asked, night: Decided, one: Sought, found: _Choice, here: Here, effects: Effects) -> Result:
    menu = night.menu
    acts = found.choice != NOTHING
    action = menu.action_of(found.choice) if acts else None
    channel = menu.channel_of(found.choice) if acts else None
    at = None if channel is None else _send_at(asked, one, channel, here)
    told = receipt(found.removed, found.choice, menu, night.setting, effects)
    effect, low, high = (None if np.isnan(number) else number for number in found.uplift)
    return {
        "decision_id": found.number,
        "action": LEAVE_ALONE if action is None else action.name,
        "channel": channel,
        "send_at": at and minute_text(at),
        "offer": action and action.offer and {"code": action.offer.code, "cost": money(action.offer.cost)},
        "expected_net_value": None if np.isnan(found.net) else money(found.net),
        "cause": None if found.cause == NO_CAUSE else list(menu.plan.causes)[found.cause],
        "arm": ARMS[found.arm],
        "propensity": found.propensity,
        "expires_at": _expires(asked),
        "why": asked.texts.rules.get(_rule(found)),
        "receipt": told | ({"context": here.told} if here.told else {}),
        "uplift": None
        if action is None or effect is None
        else {action.name: {"effect": effect, "low": low, "high": high}},
    }


def _send_at(asked: Asked, one: Sought, channel: str, here: Here) -> datetime:
    """At once on the channel now open, unless it is its quiet time; else at the customer's best hour."""
    facts, moment = asked.live.snapshot.facts, asked.moment
    says = facts.properties.get(channel, ChannelRules())
    if channel == here.channel and (not says.hours or moment.hour in says.hours):
        return moment
    first = asked.live.snapshot.cutoff.replace(tzinfo=asked.live.zone)
    return send_at(max(first, moment), facts.hours_of(one.row), facts.hour_of(one.row), says)


def _rule(found: _Choice) -> str:
    """The code of the sentence that says why."""
    if ARMS[found.arm] == "holdout":
        return Rule.HOLDOUT.told
    if found.arm == EXPLORE:
        return Rule.LOT.told
    if found.choice != NOTHING:
        return "chosen"
    if found.stage == "prospect":
        return found.stage
    return Rule(max(found.removed)).told if found.removed else "no_actions"


def _left_alone(asked: Asked, one: Sought, rule: str) -> Result:
    key = asked.live.policy.arm_key
    return {
        "decision_id": decision_id(one.customer_id, asked.live.snapshot.cutoff, key, rule),
        "action": LEAVE_ALONE, "channel": None, "send_at": None, "offer": None, "expected_net_value": money(0),
        "cause": None, "arm": ARMS[POLICY], "propensity": 1.0, "expires_at": _expires(asked),
        "why": asked.texts.rules.get(rule), "receipt": {"removed": {}, "prices": {}}, "uplift": None,
    }  # fmt: skip


def _expires(asked: Asked) -> str:
    """The end of the snapshot's days; of one too old for that, the end of today."""
    zone: ZoneInfo = asked.live.zone
    end = expires_at(asked.live.snapshot.cutoff).replace(tzinfo=zone)
    midnight = asked.moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return minute_text(max(end, midnight))
