"""A decision as a person reads it: what to do, why, what to expect, what to offer."""

from collections.abc import Mapping
from typing import Any

from perennial.printing import say

_WIDTH = 16
Result = Mapping[str, Any]


def tell_customer(
    title: str, decision: Result, purchase: Result, channels: Result, items: Result, names: Mapping[str, str]
) -> None:
    """Print what the service said of one customer.

    Parameters
    ----------
    decision, purchase, channels, items : results of decide, next_purchase, channel_preference and recommend
    names : product id → what it is
    """
    say()
    say(title, "bold")
    if decision["status"] == "unknown_customer":
        _line("answer", "unknown_customer – no number and no guess about somebody we do not know")
        return
    _line("decision", _action(decision))
    _line("because", decision["why"])
    _line("risk", _risk(decision))
    for reason in decision["reasons"]:
        _line("", f"{'↑' if reason['effect'] > 0 else '↓'} {reason['text']} ({reason['effect']:+.2f})")
    _line("next order", _next_order(purchase))
    _line("reached by", _channels(channels))
    _line("might want", _items(items, names))


def _action(decision: Result) -> str:
    action = decision["action"].replace("_", " ")
    if decision["channel"] is None:
        return f"{action} (stage {decision['stage']}, arm {decision['arm']})"
    offer = decision["offer"]
    return (
        f"{action} {offer['code']} by {decision['channel']} at {decision['send_at']}; costs {offer['cost']}, "
        f"worth {decision['expected_net_value']} net (stage {decision['stage']})"
    )


def _risk(decision: Result) -> str:
    probability = decision["scores"]["churn_probability"]
    return f"{probability:.0%} that no order comes; {decision['rung'].replace('_', ' ')}. What moves it (log-odds):"


def _next_order(purchase: Result) -> str:
    days = purchase["next_order"]
    shown = {level: date or "beyond the forecast" for level, date in days.items()}
    return (
        f"{shown['p50']} (1 in 10 before {shown['p10']}, 9 in 10 before {shown['p90']}); in {purchase['horizon']}: "
        f"{purchase['expected_shopping_days']:.1f} shopping days, {purchase['expected_spend']} spent"
    )


def _channels(channels: Result) -> str:
    contact = [_contact(one) for one in channels["contact"] or []]
    moved = [f"{one['kind']} {one['share']:.0%}" for one in channels["promotion"] or []]
    told = f"may be contacted by {', '.join(contact)}" if contact else "no channel may be used"
    return f"{told}; promoted purchases through {', '.join(moved)}" if moved else told


def _contact(one: Result) -> str:
    hours = one["best_hours"]
    return f"{one['channel']} at {hours[0]}:00" if hours else str(one["channel"])


def _items(items: Result, names: Mapping[str, str]) -> str:
    return "; ".join(
        f"{names.get(one['product_id'], one['product_id'])} ({one['reason']['text'].rstrip('.')})"
        for one in items["items"]
    )


def _line(label: str, text: str) -> None:
    say(f"  {label:{_WIDTH}}{text}", indent=_WIDTH + 2)
