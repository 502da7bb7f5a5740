"""One customer: found by any linked id, told by the bodies of /v1/profile, /v1/decide and their siblings, in words.

The id comes by a form, never in the address. Asking "what if" decides for that moment alone and is kept nowhere.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from serving.calls import predict
from serving.calls.customers import Asked
from serving.contract.channels import ALL, channels_of
from serving.contract.requests import Customers, Decide, DecisionContext, Profile, Recommend
from serving.ui.in_words import action_in_words, decision_in_words, receipt_in_words, scores_in_words
from serving.ui.visit import Shown, SitePage, Visit
from serving.ui.words import PageWords

PAGE = "/ui/customer"
_PRODUCTS = 5
_ENTRIES = 50  # of the timeline
Ask = Callable[[str, Sequence[str]], Asked]
Tell = Callable[[Asked, Profile], Mapping[str, Any]]  # the body of /v1/profile


class CustomerPage:
    """The search form, and what is found.

    Parameters
    ----------
    ask : what a call sees, at this moment
    tell : everything known of one customer
    """

    def __init__(self, ask: Ask, tell: Tell) -> None:
        self._ask = ask
        self._tell = tell

    @property
    def pages(self) -> dict[str, SitePage]:
        """By path."""
        return {PAGE: SitePage("ui_customer", self._page, ("GET", "POST"))}

    def _page(self, visit: Visit) -> Shown:
        given = visit.fields.get("customer_id", "").strip() if visit.method == "POST" else ""
        if not given:  # an id in an address is not looked at, nor repeated
            return replace(visit, fields={}).page("customer", here="customer", asked_for="", standing="")
        try:
            request = Profile(customer_id=given)
        except ValidationError:
            return visit.page("customer", here="customer", asked_for=given, standing="unknown_customer")
        asked = self._ask(visit.words.language, [given])
        profile = self._tell(asked, request)
        if "stage" not in profile:
            return visit.page("customer", here="customer", asked_for=given, standing=profile["status"])
        facts = self._facts(asked, profile, visit)
        return visit.page("customer", here="customer", asked_for=given, standing=profile["status"], **facts)

    def _facts(self, asked: Asked, profile: Mapping[str, Any], visit: Visit) -> dict[str, Any]:
        words, given = visit.words, profile["customer_id"]
        decided = predict.decisions(asked, Decide(customer_ids=[given]))[0]
        context, wrong = _context(visit.fields)
        supposed = context and predict.decisions(asked, Decide(customer_ids=[given], context=context))[0]
        return {
            "profile": profile,
            "linked": len(profile["linked_identities"]),
            "decision": decision_in_words(asked, decided, words),
            "receipt": receipt_in_words(asked, decided, words),
            "reasons": [(reason["text"], reason["effect"] > 0) for reason in decided["reasons"]],
            "scores": scores_in_words(asked, profile["scores"], words),
            "reached": _reached(asked, given, words),
            "consents": [_consent(word, words) for word in reversed(profile["consents"])],
            "products": _products(asked, given, context),
            "timeline": [_entry(asked, one, words) for one in profile["timeline"][:_ENTRIES]],
            "supposed": supposed and decision_in_words(asked, supposed, words),
            "supposed_receipt": supposed and receipt_in_words(asked, supposed, words),
            "wrong": wrong,
            "channels": _channels(asked),
            "stores": asked.live.snapshot.facts.stores,
            "given": {name: visit.fields.get(name, "") for name in ("channel", "cart", "store_id")},
        }


def _context(fields: Mapping[str, str]) -> tuple[DecisionContext | None, bool]:
    """What a person supposes of the customer's moment, None where nothing; and whether it cannot be."""
    cart = [one for one in re.split(r"[\s,;，；、]+", fields.get("cart", "")) if one]
    channel, store = (fields.get(name, "").strip() or None for name in ("channel", "store_id"))
    if not (cart or channel or store):
        return None, False
    try:
        return DecisionContext(channel=channel, cart=cart, store_id=store), False
    except ValidationError:
        return None, True


def _channels(asked: Asked) -> list[str]:
    facts = asked.live.snapshot.facts
    return [one for one in channels_of((*facts.channels, *facts.properties)) if one != ALL]


def _reached(asked: Asked, given: str, words: PageWords) -> list[dict[str, Any]]:
    """Channels that may be used, the likeliest to be answered first."""
    found = predict.channel_preference(asked, Customers(customer_ids=[given]))[0]
    return [
        {
            "channel": words.name(one["channel"]),
            "probability": None if one["response_probability"] is None else words.share(one["response_probability"]),
            "hours": [f"{hour}:00" for hour in one["best_hours"]],
        }
        for one in found["contact"] or ()
    ]


def _products(asked: Asked, given: str, context: DecisionContext | None) -> list[dict[str, Any]]:
    if asked.live.candidates is None:
        return []
    cart, store = (context.cart, context.store_id) if context else ([], None)
    request = Recommend(customer_ids=[given], k=_PRODUCTS, cart=cart, store_id=store)
    items: list[dict[str, Any]] = predict.recommend(asked, request)[0]["items"]
    return items


def _consent(word: Mapping[str, Any], words: PageWords) -> dict[str, str]:
    return {
        "at": words.moment(word["happened_at"]),
        "channel": words.name(word["channel"]),
        "said": words.name(f"{word['purpose']}_{'yes' if word['granted'] else 'no'}"),
    }


def _entry(asked: Asked, entry: Mapping[str, Any], words: PageWords) -> dict[str, str]:
    """One touch in words."""
    kind, action, amount = entry.get("kind"), entry.get("action"), entry.get("amount")
    what = words.name(f"what_{entry['what']}")
    more = [words.name(kind)] if kind and entry["what"] != "orders" else []
    what = words.name("what_return") if kind == "return" else what
    more += [action_in_words(asked, action, words)] if action else []
    return {
        "at": words.moment(str(entry["at"])),
        "what": what,
        "more": words.say["comma"].join(more),
        "channel": words.name(entry["channel"]) if entry.get("channel") else "",
        "amount": words.money(amount, asked.live.release.currency) if amount else "",
    }
