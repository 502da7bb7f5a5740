"""Shops with something to learn: customers with a pace and habits of their own, who leave for good."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from features.shop import Shop
from tests.shops import make_shop

START = datetime(2025, 1, 1)
Rows = list[dict[str, Any]]


def orders_only(folder: Path, customers: int = 250, days: int = 240, seed: int = 0) -> Shop:
    """A shop of nothing but orders."""
    return make_shop(folder, orders=list(shopping_trips(customers, days, seed)))


def everything(folder: Path, customers: int = 250, days: int = 240, seed: int = 0) -> Shop:
    """Orders with channels, lines with promotions, messages with responses."""
    rng = np.random.default_rng(seed + 1)
    orders = list(shopping_trips(customers, days, seed))
    taste = {f"c{i:04d}": rng.dirichlet((2.0, 3.0, 0.5)) for i in range(customers)}
    online = {name: rng.beta(0.6, 0.6) for name in taste}
    openness = {name: rng.beta(1.0, 2.5) for name in taste}
    lines: Rows = []
    for order in orders:
        order["channel"] = "web" if rng.random() < online[order["customer_id"]] else "store"
        for number in range(2):
            kind = rng.choice(3, p=taste[order["customer_id"]]) if rng.random() < 0.6 else -1
            flags = {"on_display": kind == 0, "in_mailer": kind == 1, "with_coupon": kind == 2}
            flags = {name: bool(flag) for name, flag in flags.items()}
            lines.append({"order_id": order["order_id"], "product_id": f"p{number}", "amount": 5, **flags})
    messages, responses = _sends(openness, days, rng)
    return make_shop(folder, orders=orders, order_lines=lines, messages=messages, responses=responses)


def shopping_trips(customers: int, days: int, seed: int) -> Iterator[dict[str, Any]]:
    """Orders, one a trip: customers of a rate, a worth and a chance of leaving of their own."""
    rng = np.random.default_rng(seed)
    for i in range(customers):
        rate, leaving, value = rng.gamma(1.5, 1 / 12), rng.beta(1.0, 9.0), rng.gamma(4.0, 10.0)
        moment = rng.uniform(0, days * 0.7)
        number = 0
        while moment < days:
            yield {
                "order_id": f"o{i}-{number}",
                "customer_id": f"c{i:04d}",
                "happened_at": START + timedelta(seconds=round(moment * 86_400)),
                "amount": round(float(rng.gamma(6.0, value / 6.0)) + 1, 2),
            }
            if rng.random() < leaving:
                break
            moment += rng.exponential(1 / rate) + 0.05
            number += 1


def _sends(openness: dict[str, float], days: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    messages: Rows = []
    responses: Rows = []
    for name, chance in openness.items():
        for day in range(10, days - 3, 14):
            sent = START + timedelta(days=day, hours=9)
            number = f"m-{name}-{day}"
            messages.append({"message_id": number, "customer_id": name, "happened_at": sent, "channel": "email"})
            if rng.random() < chance:
                opened = {"message_id": number, "kind": "open", "happened_at": sent + timedelta(hours=5)}
                responses.append(opened)
    return messages, responses
