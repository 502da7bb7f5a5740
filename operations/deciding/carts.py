"""Carts that were left within the last days and not bought by the cutoff: why, and what lies in them."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import ibis

from decisions.allowed.cart import CART_DAYS, PURCHASE, LeftCart, left_in_it, why_left
from features.engine import Engine
from features.known import known_before
from features.shop import Shop

_STEPS = ("add_to_cart", "abandon", "payment_failed", PURCHASE)
_Step = tuple[datetime, str, str | None, str | None]  # moment, kind, reason, product


def carts_at(shop: Shop, cutoff: datetime, engine: Engine) -> dict[str, LeftCart]:
    """Customer → the cart left, as known at the cutoff; empty where nobody reports touchpoints.

    Parameters
    ----------
    shop : its persons settled
    """
    if not shop.has("touchpoints"):
        return {}
    steps: dict[str, list[_Step]] = defaultdict(list)
    for row in _touches(shop, cutoff, engine):
        steps[row["customer_id"]].append((row["happened_at"], row["kind"], row["reason"], row["product_id"]))
    for row in _orders(shop, cutoff, engine):
        if row["customer_id"] in steps:
            steps[row["customer_id"]].append((row["happened_at"], PURCHASE, None, None))
    found = {}
    for who, told in steps.items():
        told.sort(key=lambda one: one[0])
        cause = why_left((kind, reason) for _, kind, reason, _ in told)
        if cause is not None:
            found[who] = LeftCart(cause, tuple(left_in_it((kind, product) for _, kind, _, product in told)))
    return found


def _touches(shop: Shop, cutoff: datetime, engine: Engine) -> list[dict[str, Any]]:
    rows = known_before(engine.read(shop.path("touchpoints")), cutoff)
    rows = rows.filter(rows.customer_id.notnull(), rows.happened_at >= _since(cutoff), rows.kind.isin(_STEPS))
    told = rows.select("customer_id", "happened_at", "kind", "reason", "product_id")
    ordered = told.order_by("customer_id", "happened_at", "kind", "product_id")
    found: list[dict[str, Any]] = engine.arrow(ordered).to_pylist()
    return found


def _orders(shop: Shop, cutoff: datetime, engine: Engine) -> list[dict[str, Any]]:
    rows = known_before(engine.read(shop.path("orders")), cutoff)
    rows = rows.filter(rows.customer_id.notnull(), rows.happened_at >= _since(cutoff), rows.kind == "order")
    found: list[dict[str, Any]] = engine.arrow(rows.select("customer_id", "happened_at")).to_pylist()
    return found


def _since(cutoff: datetime) -> ibis.Value:
    return ibis.literal(cutoff - timedelta(days=CART_DAYS), "timestamp(6)")
