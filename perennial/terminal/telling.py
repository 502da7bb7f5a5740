"""A decision as a person reads it: what to do, why, what to expect, what to offer."""

from collections.abc import Mapping
from dataclasses import dataclass

from perennial.terminal.printing import hang, say
from perennial.terminal.words import Words
from serving.contract.client import (
    ChannelPreference,
    Client,
    Contact,
    Decision,
    NextOrder,
    NextPurchase,
    Recommendation,
)

_LABEL = 14
_ITEMS = 3


@dataclass(frozen=True)
class ToldOf:
    """What the service said of one customer."""

    decision: Decision
    purchase: NextPurchase
    channels: ChannelPreference
    items: Recommendation


def asked_of(crm: Client, customer_id: str) -> ToldOf:
    """Ask everything there is to ask of one customer."""
    return ToldOf(
        crm.decide([customer_id]).results[0],
        crm.next_purchase([customer_id]).results[0],
        crm.channel_preference([customer_id]).results[0],
        crm.recommend([customer_id], k=_ITEMS).results[0],
    )


def tell_customer(title: str, told: ToldOf, currency: str, names: Mapping[str, str], words: Words) -> None:
    """Print it; `names` says what a product id is."""
    say()
    say(title, "bold")
    if told.decision.status == "unknown_customer":
        _line(words, "answer", words.say("unknown"))
        return
    _line(words, "decision", _action(told.decision, currency, words))
    _line(words, "because", told.decision.why or "")
    _line(words, "risk", _risk(told.decision, words))
    for reason in told.decision.reasons or []:
        _line(words, "", f"{'↑' if reason.effect > 0 else '↓'} {reason.text} ({reason.effect:+.2f})")
    _line(words, "next_order", _next_order(told.purchase, currency, words))
    _line(words, "reached", _channels(told.channels, words))
    for place, item in enumerate(told.items.items or []):
        name = names.get(item.product_id, item.product_id)
        _line(words, "wants" if place == 0 else "", words.say("item", name=name, reason=item.reason.text))


def _action(decision: Decision, currency: str, words: Words) -> str:
    told = {name: words.name(getattr(decision, name) or "") for name in ("action", "stage", "arm", "channel")}
    if decision.offer is None:
        return words.say("action", **told)
    return words.say(
        "offer",
        code=decision.offer.code,
        send_at=words.moment(decision.send_at or ""),
        cost=decision.offer.cost,
        worth=decision.expected_net_value,
        currency=currency,
        **told,
    )


def _risk(decision: Decision, words: Words) -> str:
    probability = decision.scores.churn_probability if decision.scores else None
    if probability is None:
        return words.say("no_risk")
    share = f"{probability:.0%}" if probability >= 0.01 else words.say("less_than_one")
    return words.say("risk", share=share, model_kind=_kind(decision.model_kind or "", words))


def _kind(model_kind: str, words: Words) -> str:
    """The kind of model, and whether nothing that was tried passed the review."""
    kind, _, doubt = model_kind.partition(" (")
    return words.say("unproven", model_kind=words.name(kind)) if doubt else words.name(kind)


def _next_order(purchase: NextPurchase, currency: str, words: Words) -> str:
    days = purchase.next_order or NextOrder(p10=None, p50=None, p90=None)
    shares = {"one_in_ten": days.p10, "half": days.p50, "nine_in_ten": days.p90}
    told = [
        words.say("by_day" if day else "no_day", share=words.say(name), day=day and words.day(day))
        for name, day in shares.items()
    ]
    return words.say(
        "next_order",
        days=words.listed(told),
        horizon=purchase.horizon,
        shopping_days=f"{purchase.expected_shopping_days:.1f}",
        spend=purchase.expected_spend,
        currency=currency,
    )


def _channels(channels: ChannelPreference, words: Words) -> str:
    contact = words.listed([_contact(one, words) for one in channels.contact or []])
    reached = words.say("reached", channels=contact) if contact else words.say("not_reached")
    moved = words.listed([f"{words.name(one.kind)} {one.share:.0%}" for one in channels.promotion or []])
    return words.say("promoted", reached=reached, kinds=moved) if moved else reached


def _contact(one: Contact, words: Words) -> str:
    name = words.name(one.channel)
    return words.say("best_at", channel=name, hour=one.best_hours[0]) if one.best_hours else name


def _line(words: Words, label: str, text: str) -> None:
    hang(f"  {words.labels.get(label, '')}", text, _LABEL + 2)
