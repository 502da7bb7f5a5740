"""How the cart of a customer may be saved, for the action that a decision gives."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from decisions.actions import Action
from decisions.allowed.cart import CAUSES_OF_CARTS, PURCHASE, left_in_it, saved
from scoring.products.candidates import Candidates
from serving.calls.customers import Asked, Sought
from serving.contract.requests import DecisionContext
from serving.snapshot.shelves import Shelves


def rescue(
    asked: Asked,
    one: Sought,
    action: Action | None,
    cause: str | None,
    known: dict[str, float],
    context: DecisionContext | None,
) -> dict[str, Any] | None:
    """The way to save the cart; None where nothing is given, or no cart stands behind it.

    Parameters
    ----------
    known : features by name; latitude and longitude say where the customer lives
    """
    cart = _cart(asked, one, context)
    if action is None or cause not in CAUSES_OF_CARTS or not cart:
        return None
    candidates, shelves = asked.live.candidates, asked.live.shelves
    here = context.store_id if context is not None else None
    stores = {} if shelves is None else {item: _near(shelves, item, action, known, here) for item in cart}
    nothing: tuple[list[str], dict[str, str]] = ([], {})
    gone, substitutes = nothing if candidates is None else _gone(candidates.shop, cart)
    found = saved(cart, stores, gone, substitutes)
    return {**vars(found), "km": None if found.km is None else round(found.km, 1)}


def _cart(asked: Asked, one: Sought, context: DecisionContext | None) -> list[str]:
    """What the caller says lies in it; else what was put into one before the snapshot or since and not bought."""
    if context is not None and context.cart:
        return list(dict.fromkeys(context.cart))
    events = [event for event in asked.events_of(one.customer_id) if event.ledger in ("touchpoints", "orders")]
    steps: list[tuple[str, str | None]] = []
    for event in sorted(events, key=lambda event: str(event.row["happened_at"])):
        if event.ledger == "touchpoints":
            steps.append((str(event.row["kind"]), event.row.get("product_id")))
        elif event.row.get("kind") != "return":
            steps.append((PURCHASE, None))
    night = asked.live.decided
    return left_in_it(steps, () if night is None else night.cart_of(one.row))


def _near(
    shelves: Shelves, item: str, action: Action, known: dict[str, float], here: str | None
) -> list[tuple[float, str]]:
    """Stores with the item: the one the customer stands in, and those within the action's reach."""
    having = shelves.having(item)
    away = shelves.distances(known.get("latitude", np.nan), known.get("longitude", np.nan))
    found = [(0.0, shelves.stores[at]) for at in having if shelves.stores[at] == here]
    reach = action.within_km
    return found + [(float(away[at]), shelves.stores[at]) for at in having if reach is not None and away[at] <= reach]


def _gone(shop: Candidates, cart: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Items nobody has, and for each the most popular of its kind that somebody has."""
    nowhere = shop.nowhere()
    gone = [shop.products[at] for at in shop.places(cart) if nowhere[at]]
    substitutes: dict[str, str] = {}
    ranked = shop.by_popularity() if gone else np.empty(0, dtype=np.int32)
    for item in gone:
        kind = shop.groups[shop.places([item])[0]]
        alike = ranked[(shop.groups[ranked] == kind) & ~nowhere[ranked]] if kind >= 0 else ranked[:0]
        others = [shop.products[at] for at in alike[: len(cart) + 1] if shop.products[at] not in cart]
        substitutes |= {item: others[0]} if others else {}
    return gone, substitutes
