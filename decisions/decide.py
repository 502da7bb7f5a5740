"""From scores, facts and policy to one decision: what to do, through which channel, when, and why.

This first policy is simple and says so: likely to leave and worth it → the win-back offer through the preferred
channel that may be used; else leave alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from decisions.policy import OVER_CONTACTED, Offer, Policy, band_of
from decisions.stages import stage_of
from scoring.clock import minute_text
from scoring.reasons import Texts

WIN_BACK = "win_back_voucher"
LEAVE_ALONE = "leave_alone"
_CENT = Decimal("0.01")
_YEAR_DAYS = 365


@dataclass(frozen=True)
class Person:
    """What a decision looks at for one customer.

    Attributes
    ----------
    values : built features by name; NaN or absent is unknown
    answers : the models' answers by name; a task the shop cannot have is absent
    channels : outreach channels that may be used and reach the customer
    best_hour : local hour of most activity, None where unknown
    hours : best local hour to send by weekday, Monday first; None where unknown, then best_hour counts
    eligible : an order within active_within before the cutoff
    age_days : days the snapshot is old; 0 is fresh
    """

    customer_id: str
    values: Mapping[str, float]
    answers: Mapping[str, float]
    channels: tuple[str, ...]
    best_hour: int | None
    eligible: bool
    age_days: int
    hours: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Span:
    """The two lengths of time a release is about, in days."""

    horizon: int
    active_within: int


def decide(person: Person, policy: Policy, span: Span, moment: datetime, texts: Texts) -> dict[str, Any]:
    """The decision's own fields; reasons and scores are added by the call.

    Parameters
    ----------
    moment : now, in the shop's time zone
    """
    arm = policy.arm(person.customer_id)
    channel = preferred_channel(person, policy)
    value = value_12_months(person.answers, policy, span.horizon)
    rule = _rule(person, policy, arm, channel, value)
    decision: dict[str, Any] = {
        "action": LEAVE_ALONE,
        "channel": None,
        "send_at": None,
        "offer": None,
        "expected_net_value": money(0),
        "stage": stage(person, policy, span),
        "band": band_of(person.answers["churn_probability"]) if "churn_probability" in person.answers else None,
        "arm": arm,
        "propensity": policy.propensity(arm),
        "expires_at": minute_text(_midnight(moment) + timedelta(days=policy.decision_days)),
        "why": texts.rules[rule],
    }
    if rule == "win_back" and value is not None:
        offer = policy.offers[WIN_BACK]
        decision |= {
            "action": WIN_BACK,
            "channel": channel,
            "send_at": minute_text(send_at(moment, person.best_hour, policy, person.hours)),
            "offer": {"code": offer.code, "cost": money(offer.cost)},
            "expected_net_value": money(_net(value, offer)),
        }
    return decision


def stage(person: Person, policy: Policy, span: Span) -> str:
    """Where a customer stands by the orders seen; see decisions/stages.py."""
    return stage_of(person.values, span.horizon, span.active_within, policy.loyal_orders)


def preferred_channel(person: Person, policy: Policy) -> str | None:
    """The channel that may be used and is likeliest to get a response; the policy's order without a model."""
    order = {channel: i for i, channel in enumerate(policy.channels)}
    ranked = sorted(
        person.channels,
        key=lambda channel: (
            -person.answers.get(f"contact_{channel}", 0.0),
            order.get(channel, len(order)),
            channel,
        ),
    )
    return ranked[0] if ranked else None


def value_12_months(answers: Mapping[str, float], policy: Policy, horizon_days: int) -> Decimal | None:
    """Expected margin over the next 12 months, were the horizon's spend to go on; None when unknown."""
    spend = answers.get("expected_spend")
    if spend is None or policy.margin is None:
        return None
    return Decimal(spend * _YEAR_DAYS / horizon_days * policy.margin)


def send_at(moment: datetime, best_hour: int | None, policy: Policy, hours: tuple[int, ...] | None = None) -> datetime:
    """The next time it is the customer's best hour of that weekday, outside the quiet hours."""
    usual = policy.default_hour if best_hour is None else best_hour
    for day in (moment, moment + timedelta(days=1)):
        hour = usual if hours is None else hours[day.weekday()]
        hour = min(max(hour, policy.quiet_before), policy.quiet_from - 1)
        at = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        if at > moment:
            return at
    return at


def money(amount: Decimal | float) -> str:
    """An amount as the CRM receives it: "84.20"."""
    return str(Decimal(amount).quantize(_CENT) + 0)


def _rule(person: Person, policy: Policy, arm: str, channel: str | None, value: Decimal | None) -> str:
    """The first rule that applies, by its code in the texts."""
    offer = policy.offers.get(WIN_BACK)
    rules = (
        ("holdout", arm == "holdout"),
        ("outdated", person.age_days >= policy.decision_days),
        ("prospect", _known(person.values, "days_since_order") is None),
        ("no_model", "churn_probability" not in person.answers),
        ("not_eligible", not person.eligible),
        ("not_at_risk", band_of(person.answers.get("churn_probability", 0.0)) in ("low", "medium")),
        ("no_offer", offer is None),
        ("no_margin", value is None),
        ("not_worth_it", offer is not None and value is not None and _net(value, offer) <= 0),
        ("no_channel", channel is None),
        ("tired", policy.fatigue(int(_known(person.values, "messages_30d") or 0)) == OVER_CONTACTED),
    )
    return next((code for code, applies in rules if applies), "win_back")


def _net(value: Decimal, offer: Offer) -> Decimal:
    return value * Decimal(offer.assumed_effect) - offer.cost


def _known(values: Mapping[str, float], name: str) -> float | None:
    value = values.get(name, math.nan)
    return None if math.isnan(value) else value


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
