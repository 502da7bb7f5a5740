"""Traits are those of a plain loop over the rows known at the cutoff."""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from insights.known import known_shop
from insights.personas.behaviour import YEAR, behaviour_at
from tests.insights.personas.two_kinds import AT, two_kinds
from tests.shops import make_shop

CUTOFF = datetime(2026, 2, 1)


def scaled(values: list[float]) -> list[float]:
    column = np.array(values)
    return np.clip((column - column.mean()) / column.std(), -3, 3).tolist()


def shrunk(people: list[str], parts: dict[str, list[bool]]) -> list[float]:
    """Each person's share, by four orders at the shop's."""
    every = [one for rows in parts.values() for one in rows]
    usual = sum(every) / len(every)
    return [(sum(parts[who]) + 4 * usual) / (len(parts[who]) + 4) for who in people]


def plainly(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[float]]:
    def seen(row: dict[str, Any]) -> bool:
        known = max(row["happened_at"], row.get("known_at") or row["happened_at"]) < CUTOFF
        return known and row["happened_at"] >= CUTOFF - timedelta(days=YEAR)

    orders = defaultdict(list)
    returned: dict[str, int] = defaultdict(int)
    for row in tables["orders"]:
        if seen(row) and row["amount"] >= 0:
            orders[row["customer_id"]].append(row)
        elif seen(row):
            returned[row["customer_id"]] += 1
    people = sorted(orders)
    of_order = {row["order_id"]: row for rows in orders.values() for row in rows}
    coupons, clicks, days = (defaultdict(list) for _ in range(3))
    for line in tables["order_lines"]:
        if line["order_id"] in of_order:
            coupons[of_order[line["order_id"]]["customer_id"]].append(line["with_coupon"])
    clicked = {row["message_id"] for row in tables["responses"] if seen(row)}
    for row in tables["messages"]:
        if seen(row):
            clicks[row["customer_id"]].append(row["message_id"] in clicked)
    for row in tables["touchpoints"]:
        if seen(row):
            days[row["customer_id"]].append(row["happened_at"].date())
    of_all = sum(returned[who] for who in people) / sum(map(len, orders.values()))
    return {
        "often": scaled([np.log1p(len(orders[who])) for who in people]),
        "dear": scaled([np.log1p(np.mean([row["amount"] for row in orders[who]])) for who in people]),
        "saves": scaled(shrunk(people, coupons)),
        "weekend": scaled(shrunk(people, {w: [r["happened_at"].weekday() > 4 for r in orders[w]] for w in people})),
        "evening": scaled(shrunk(people, {w: [r["happened_at"].hour >= 18 for r in orders[w]] for w in people})),
        "looks": scaled([np.log1p(len(set(days[who])) / len(orders[who])) for who in people]),
        "answers": scaled(shrunk(people, clicks)),
        "returns": scaled([(returned[who] + 4 * of_all) / (len(orders[who]) + 4) for who in people]),
        "through app": scaled(shrunk(people, {w: [r["channel"] == "app" for r in orders[w]] for w in people})),
    }


def test_traits_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    tables = two_kinds(3)
    for number, row in enumerate(tables["orders"]):
        row["known_at"] = row["happened_at"] + timedelta(days=40 if number % 7 == 0 else 0)
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = behaviour_at(known, CUTOFF)
    told = plainly(tables)
    assert found.customers.to_pylist() == sorted({row["customer_id"] for row in tables["orders"]})
    assert set(found.traits) == {*told, "through store"}
    for name, values in told.items():
        assert np.allclose(found.values[:, found.traits.index(name)], values), name


def test_what_is_not_given_and_what_does_not_differ_is_left_out(tmp_path: Path) -> None:
    orders = [
        {"order_id": str(number), "customer_id": f"c{number % 30}", "happened_at": AT - timedelta(days=1 + number),
         "amount": 5 + number % 30} for number in range(60)
    ]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        assert set(behaviour_at(known, AT).traits) <= {"often", "dear", "weekend"}
