"""A drawn shop with every table KPIs read, as plain rows."""

import random
from datetime import datetime, timedelta
from typing import Any

Rows = list[dict[str, Any]]
FIRST, DAYS = datetime(2026, 1, 1), 120
PEOPLE = 150


def drawn(seed: int) -> dict[str, Rows]:
    """Orders, lines, customers, touchpoints, messages, responses and tickets of four months; one in eight is late."""
    draw, on_the_way = random.Random(seed), random.Random(1_000 + seed)
    tables: dict[str, Rows] = {name: [] for name in ("orders", "order_lines", "touchpoints", "messages", "responses")}
    tables["tickets"] = []
    tables["customers"] = [
        {"customer_id": f"c{i}", "referred_by": "c1" if i % 5 == 0 else None, "known_at": FIRST} for i in range(PEOPLE)
    ]

    def clocks() -> dict[str, datetime]:
        moment = FIRST + timedelta(minutes=draw.randrange(DAYS * 24 * 60))
        return {"happened_at": moment, "known_at": moment + timedelta(days=draw.choice([0] * 7 + [40]))}

    for number in range(900):
        who = None if draw.random() < 0.1 else f"c{draw.randrange(PEOPLE)}"
        row = {"order_id": f"o{number}", "customer_id": who, **clocks(), "amount": draw.randint(5, 90),
               "channel": draw.choice(["web", "store"]), "store_id": draw.choice(["s1", "s2"])}  # fmt: skip
        row |= _delivery(on_the_way, row["happened_at"])
        tables["orders"].append(row)
        if draw.random() < 0.8:
            tables["order_lines"] += [
                {"order_id": row["order_id"], "product_id": f"p{i}", "quantity": draw.randint(1, 3)}
                for i in range(draw.randint(1, 3))
            ]
        if draw.random() < 0.1:
            tables["orders"].append(row | {"amount": -row["amount"], "of_order_id": row["order_id"],
                                           "happened_at": row["happened_at"] + timedelta(days=5),
                                           "known_at": row["known_at"] + timedelta(days=5)})  # fmt: skip
    for number in range(2500):
        start, who = clocks(), None if draw.random() < 0.2 else f"c{draw.randrange(PEOPLE)}"
        for step in range(draw.randint(1, 5)):
            tables["touchpoints"].append(
                {"customer_id": who, "channel": "web" if number % 3 else "app", "session_id": f"s{number}",
                 "kind": ("visit", "view", "add_to_cart", "begin_checkout", "purchase")[step],
                 "load_ms": draw.choice([None, 900.0, 3000.0, 3001.0]) if step == 0 else None,
                 "dwell_seconds": float(draw.randint(5, 50)) if step == 0 and draw.random() < 0.7 else None,
                 **{clock: moment + timedelta(seconds=step) for clock, moment in start.items()}}
            )  # fmt: skip
        if draw.random() < 0.3:
            where = {"customer_id": who, "channel": "web" if number % 3 else "app", "session_id": f"s{number}"}
            later = {clock: moment + timedelta(seconds=9) for clock, moment in start.items()}
            found = draw.choice([None, 0.0, 4.0])
            tables["touchpoints"].append({**where, **later, "kind": "search", "results": found})
            if draw.random() < 0.3:
                tables["touchpoints"].append({**where, **later, "kind": "payment_failed"})
    for number in range(1500):
        moments, channel = clocks(), draw.choice(["email", "sms"])
        arm, who = draw.choice(["policy", "policy", "control", None]), f"c{draw.randrange(PEOPLE)}"
        tables["messages"].append(
            {"message_id": f"m{number}", "customer_id": who, **moments, "channel": channel, "arm": arm}
        )
        for kind, chance in (
            ("bounce", 0.05),
            ("open", 0.3 * (channel == "email")),
            ("click", 0.1),
            ("unsubscribe", 0.02),
        ):
            if draw.random() < chance and arm != "control":
                later = {clock: moment + timedelta(hours=1) for clock, moment in moments.items()}
                machine = kind == "open" and draw.random() < 0.3
                tables["responses"].append({"message_id": f"m{number}", "kind": kind, **later, "is_machine": machine})
    for number in range(600):
        row = {"ticket_id": f"t{number}", "customer_id": f"c{draw.randrange(PEOPLE)}", **clocks(),
               "channel": draw.choice(["call", "web"]), "satisfaction": None}  # fmt: skip
        closed = on_the_way.choice([None, row["happened_at"] + timedelta(days=on_the_way.randrange(60))])
        tables["tickets"] += [row, row | {"known_at": row["known_at"] + timedelta(days=3), "closed_at": closed,
                                          "satisfaction": draw.choice([None, 2.0, 5.0])}]  # fmt: skip
    return tables


def _delivery(draw: random.Random, placed: datetime) -> dict[str, Any]:
    """By when it was promised and when it came, days or moments: some before the order, some far ahead, some never."""
    day = placed.replace(hour=0, minute=0, second=0, microsecond=0)
    promised = draw.choice([None, day, placed]) and draw.choice([day, placed]) + timedelta(days=draw.randint(-2, 5))
    came = draw.choice([None, day, placed]) and draw.choice([day, placed]) + timedelta(days=draw.randint(-2, 30))
    return {"promised_at": promised, "delivered_at": came,
            "fulfilment": draw.choice([None, "delivery", "in_store", "pick_up"])}  # fmt: skip
