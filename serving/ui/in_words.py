"""A decision as a person reads it: the fields of /v1/decide's own answer, in words of their language."""

from collections.abc import Mapping
from typing import Any

from decisions.actions import LEAVE_ALONE
from serving.calls.customers import Asked
from serving.ui.words import Words


def action_in_words(asked: Asked, name: str, words: Words) -> str:
    """What an action is called: as shop.toml tells it in this language, else by its name."""
    night = asked.live.decided
    known = {one.name: one.about for one in night.menu.plan.actions} if night else {}
    return known.get(name, {}).get(words.language) or words.name(name)


def decision_in_words(asked: Asked, result: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What is done about a customer, and why; `acts` tells whether anything is."""
    currency, cause, value = asked.live.release.currency, result["cause"], result["expected_net_value"]
    offer = result["offer"]
    return {
        "customer_id": result["customer_id"],
        "acts": result["action"] != LEAVE_ALONE,
        "action": action_in_words(asked, result["action"], words),
        "offer": offer and offer["code"],
        "channel": result["channel"] and words.name(result["channel"]),
        "send_at": result["send_at"] and words.moment(result["send_at"]),
        "until": words.moment(result["expires_at"]),
        "value": None if value is None else words.money(value, currency),
        "stage": words.name(result["stage"]),
        "cause": cause and words.name(cause),
        "reasons": [reason["text"] for reason in result["reasons"] if reason["effect"] > 0],
        "why": result["why"],
    }
