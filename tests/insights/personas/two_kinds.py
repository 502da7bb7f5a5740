"""A shop of two kinds of people: eighty order through the app at weekend evenings, seventy in a store on weekdays."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

Rows = list[dict[str, Any]]
AT = datetime(2026, 3, 1)
APP, STORE = 80, 70


def two_kinds(seed: int = 0) -> dict[str, Rows]:
    """Orders, lines, products, customers, touchpoints, messages, responses, consents of the year before AT."""
    rng = np.random.default_rng(seed)
    tables: dict[str, Rows] = {name: [] for name in ("orders", "order_lines", "touchpoints", "messages", "responses")}
    tables["products"] = [{"product_id": f"p{part}", "category": part, "department": part} for part in ("tea", "toys")]
    tables["consents"], tables["customers"] = [], []
    for number in range(APP + STORE):
        who, by_app = f"{'a' if number < APP else 's'}{number:03d}", number < APP
        tables["customers"].append(
            {"customer_id": who, "gender": "female" if by_app else "male", "birth_year": 2000 if by_app else 1960,
             "region": "north", "known_at": datetime(2025, 3, 2),
             "referred_by": "a000" if number in range(1, 30) else None}
        )  # fmt: skip
        tables["consents"].append({"customer_id": who, "channel": "email", "purpose": "contact",
                                   "granted": number % 2 == 0, "happened_at": datetime(2025, 3, 2)})  # fmt: skip
        for send in range(6):
            message = f"m{number}-{send}"
            sent = {"happened_at": datetime(2025, 5, 1) + timedelta(days=30 * send), "customer_id": who}
            tables["messages"].append({"message_id": message, "channel": "email", "arm": "policy", **sent})
            if by_app and rng.random() < 0.5:
                tables["responses"].append({"message_id": message, "kind": "click", "is_machine": False, **sent})
        for order in range(int(rng.integers(6, 14))):
            monday = datetime(2025, 3, 3) + timedelta(weeks=int(rng.integers(0, 51)))
            day, hour = (5 + int(rng.integers(2)), 20) if by_app else (int(rng.integers(5)), 10)
            when = monday + timedelta(days=day, hours=hour, minutes=int(rng.integers(60)))
            order_id, amount = f"o{number}-{order}", float(rng.integers(20, 60))
            tables["orders"].append({"order_id": order_id, "customer_id": who, "happened_at": when, "amount": amount,
                                     "channel": "app" if by_app else "store"})  # fmt: skip
            tables["order_lines"].append({"order_id": order_id, "product_id": "ptea" if by_app else "ptoys",
                                          "amount": amount, "with_coupon": bool(rng.random() < 0.3)})  # fmt: skip
            tables["touchpoints"].append({"customer_id": who, "happened_at": when, "kind": "visit",
                                          "channel": "app" if by_app else "store"})  # fmt: skip
            if order == 1:
                tables["orders"].append({"order_id": order_id + "r", "customer_id": who, "amount": -5.0,
                                         "happened_at": when + timedelta(days=2), "channel": "app"})  # fmt: skip
    return tables
