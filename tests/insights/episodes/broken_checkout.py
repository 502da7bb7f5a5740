"""A shop of four months in which payments on one device fail for eleven days; everything else is as ever."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

FIRST, DAYS = datetime(2026, 1, 1), 150
AT = FIRST + timedelta(days=DAYS)
BEGIN, END = datetime(2026, 4, 20), datetime(2026, 5, 1)


def broken_checkout(fails: float = 0.6, seed: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Orders and touchpoints; `fails` is the chance of a failed payment on the tablet in these days."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[dict[str, Any]]] = {"orders": [], "touchpoints": []}
    for number in range(DAYS * 45):
        when = FIRST + timedelta(days=number // 45, hours=int(rng.integers(8, 22)))
        device, who = ("phone", "tablet", "desktop")[rng.integers(3)], f"c{rng.integers(600)}"
        broken = device == "tablet" and BEGIN <= when < END
        failed, goes = rng.random() < (fails if broken else 0.03), rng.random() < 0.8
        kinds = ["visit", "view", "add_to_cart", *(["begin_checkout"] if goes else [])]
        kinds += [] if not goes else ["payment_failed"] if failed else ["purchase"]
        tables["touchpoints"] += [
            {"customer_id": who, "session_id": f"s{number}", "channel": "web", "device": device, "kind": kind,
             "happened_at": when + timedelta(seconds=place)} for place, kind in enumerate(kinds)
        ]  # fmt: skip
        if goes and not failed:
            tables["orders"].append({"order_id": f"o{number}", "customer_id": who, "happened_at": when, "amount": 50.0,
                                     "channel": "web"})  # fmt: skip
    return tables
