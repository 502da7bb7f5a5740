"""A decision as a person reads it: what to do, why, what to expect, what to offer."""

from collections.abc import Mapping
from dataclasses import dataclass

from perennial.printing import say
from serving.answers import ChannelPreference, Contact, Decision, NextOrder, NextPurchase, Recommendation
from serving.client import Client

_LABEL = 14
_ITEMS = 3


@dataclass(frozen=True)
class Told:
    """What the service said of one customer."""

    decision: Decision
    purchase: NextPurchase
    channels: ChannelPreference
    items: Recommendation


def asked_of(crm: Client, customer_id: str) -> Told:
    """Ask everything there is to ask of one customer."""
    return Told(
        crm.decide([customer_id]).results[0],
        crm.next_purchase([customer_id]).results[0],
        crm.channel_preference([customer_id]).results[0],
        crm.recommend([customer_id], k=_ITEMS).results[0],
    )


def tell_customer(title: str, told: Told, currency: str, names: Mapping[str, str]) -> None:
    """Print it; `names` says what a product id is."""
    say()
    say(title, "bold")
    if told.decision.status == "unknown_customer":
        _line("answer", "unknown_customer: no number, no guess about somebody we do not know")
        return
    _line("decision", _action(told.decision, currency))
    _line("because", told.decision.why or "")
    _line("risk", _risk(told.decision))
    for reason in told.decision.reasons or []:
        _line("", f"{'↑' if reason.effect > 0 else '↓'} {reason.text} ({reason.effect:+.2f})")
    _line("next order", _next_order(told.purchase, currency))
    _line("reached by", _channels(told.channels))
    for place, item in enumerate(told.items.items or []):
        name = names.get(item.product_id, item.product_id)
        _line("might want" if place == 0 else "", f"{name} – {item.reason.text}")


def _action(decision: Decision, currency: str) -> str:
    action = (decision.action or "").replace("_", " ")
    if decision.offer is None:
        return f"{action} (stage {decision.stage}, arm {decision.arm})"
    return (
        f"{action}: {decision.offer.code} by {decision.channel}, {decision.send_at}; costs {decision.offer.cost} "
        f"{currency}, worth {decision.expected_net_value} {currency} net (stage {decision.stage}, arm {decision.arm})"
    )


def _risk(decision: Decision) -> str:
    probability = decision.scores.churn_probability if decision.scores else None
    if probability is None:
        return "no model of churn"
    rung = (decision.rung or "").replace("_", " ")
    share = f"{probability:.0%}" if probability >= 0.01 else "less than 1%"
    return f"{share} that no order comes ({rung}); what moves it, in log-odds:"


def _next_order(purchase: NextPurchase, currency: str) -> str:
    days = purchase.next_order or NextOrder(p10=None, p50=None, p90=None)
    shares = {"1 in 10": days.p10, "half": days.p50, "9 in 10": days.p90}
    told = ", ".join(f"{share} {f'by {day}' if day else 'later than foreseen'}" for share, day in shares.items())
    return (
        f"of customers like this, {told}; in {purchase.horizon}: {purchase.expected_shopping_days:.1f} shopping days, "
        f"{purchase.expected_spend} {currency} spent"
    )


def _channels(channels: ChannelPreference) -> str:
    contact = [_contact(one) for one in channels.contact or []]
    told = f"may be written to by {', '.join(contact)}" if contact else "no channel that may be used"
    moved = [f"{one.kind} {one.share:.0%}" for one in channels.promotion or []]
    return f"{told}; promoted purchases come through {', '.join(moved)}" if moved else told


def _contact(one: Contact) -> str:
    return f"{one.channel}, best at {one.best_hours[0]}:00" if one.best_hours else one.channel


def _line(label: str, text: str) -> None:
    say(f"  {label:{_LABEL}}{text}", indent=_LABEL + 2)
