"""A decision as a person reads it: the fields of /v1/decide's own answer, in words of their language."""

from collections.abc import Mapping
from typing import Any

from decisions.actions import LEAVE_ALONE
from scoring.derived.touch_chain import TASK as NEXT_STEP
from serving.calls.customers import Asked
from serving.ui.words import PageWords

_STEPS = 3  # next touches told


def action_in_words(asked: Asked, name: str, words: PageWords) -> str:
    """What an action is called: as shop.toml tells it in this language, else by its name."""
    night = asked.live.decided
    known = {one.name: one.about for one in night.menu.plan.actions} if night else {}
    return known.get(name, {}).get(words.language) or words.name(name)


def decision_in_words(asked: Asked, result: Mapping[str, Any], words: PageWords) -> dict[str, Any]:
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
        "why": result["why"] and result["why"][:1].upper() + result["why"][1:],
    }


def receipt_in_words(asked: Asked, result: Mapping[str, Any], words: PageWords) -> dict[str, Any]:
    """What a decision has to show for itself: what else might have been done and why it was not, at which prices."""
    receipt = result["receipt"]
    effect = next(iter((result["scores"]["uplift"] or {}).values()), None)
    return {
        "arm": words.name(f"arm_{result['arm']}"),
        "propensity": words.share(result["propensity"]),
        "decision_id": result["decision_id"],
        "removed": [
            (action_in_words(asked, name, words), words.rules.get(rule, words.name(rule)))
            for name, rule in receipt["removed"].items()
        ],
        "prices": [(_bound_in_words(asked, name, words), f"{price:.2f}") for name, price in receipt["prices"].items()],
        "assumed": words.listed([f"assumed_{one}" for one in receipt.get("assumed") or ()]),
        "context": [_context_in_words(name, told, words) for name, told in receipt.get("context", {}).items()],
        "effect": effect and _effect_in_words(effect, words),
    }


def scores_in_words(asked: Asked, scores: Mapping[str, Mapping[str, Any]], words: PageWords) -> list[tuple[str, str]]:
    """What the models say of a customer: names and values; those that say nothing are left out."""
    churn, orders, currency = scores.get("churn", {}), scores.get("next_purchase", {}), asked.live.release.currency
    found: list[tuple[str, str]] = []
    days = str(churn.get("horizon") or orders.get("horizon") or "").removesuffix("d")
    if churn.get("probability") is not None:
        told = f"{words.share(churn['probability'])} – {words.name('band_' + churn['band'])}"
        found.append((words.tell("risk", days=days), told))
    elif orders.get("order_probability") is not None:
        found.append((words.tell("order_within", days=days), words.share(orders["order_probability"])))
    if (orders.get("next_order") or {}).get("p50"):
        found.append((words.say["next_order"], words.day(orders["next_order"]["p50"])))
    if orders.get("expected_spend") is not None:
        low, mean, high = (words.money(orders[name], currency) for name in ("spend_p10", "expected_spend", "spend_p90"))
        found.append((words.tell("spend_within", days=days), words.tell("between", mean=mean, low=low, high=high)))
    if orders.get("value_12_months") is not None:
        found.append((words.say["value"], words.money(orders["value_12_months"], currency)))
    own = {task: told for task, told in scores.items() if task not in ("churn", "next_purchase", NEXT_STEP)}
    return [*found, *_next_step(scores.get(NEXT_STEP, {}), words), *_own_answers(own, words)]


def _next_step(told: Mapping[str, Any], words: PageWords) -> list[tuple[str, str]]:
    """The likeliest next touches, and how likely there is none; nothing where the model was not asked."""
    if told.get("steps") is None:
        return []
    steps = [
        words.tell("step", channel=words.name(one["channel"]), kind=words.name(one["kind"]),
                   share=words.share(one["probability"]))
        for one in told["steps"][:_STEPS]
    ]  # fmt: skip
    none = words.tell("no_step", share=words.share(told["none"]))
    days = told["horizon"].removesuffix("d")
    return [(words.tell("next_step", days=days), words.say["also"].join([*steps, none]))]


def _own_answers(own: Mapping[str, Mapping[str, Any]], words: PageWords) -> list[tuple[str, str]]:
    """What the shop's own questions are answered: a probability in percent, an amount as a number."""
    return [
        (words.tell("own_within", name=words.name(task).capitalize(), days=told["horizon"].removesuffix("d")),
         words.share(value) if answer == "probability" else words.decimal(value))
        for task, told in own.items()
        for answer, value in told["answers"].items()
    ]  # fmt: skip


def _bound_in_words(asked: Asked, name: str, words: PageWords) -> str:
    """A scarce thing: the budget, or the places of a channel or an action."""
    kind, _, value = name.partition(":")
    if kind == "action":
        return words.tell("capacity_of", name=action_in_words(asked, value, words))
    return words.tell("capacity_of", name=words.name(value)) if value else words.name(name)


def _context_in_words(name: str, told: Any, words: PageWords) -> str:
    return words.tell("context_told", what=words.name(f"context_{name}"), told=words.name(str(told)))


def _effect_in_words(effect: Mapping[str, Any], words: PageWords) -> str:
    """By how many percentage points the action raises the probability of an order."""
    mean = words.points(effect["effect"])
    if effect["low"] is None:
        return words.tell("effect_assumed", mean=mean)
    return words.tell("effect_measured", mean=mean, low=words.points(effect["low"]), high=words.points(effect["high"]))
