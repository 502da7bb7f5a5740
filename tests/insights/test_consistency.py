"""Inconsistencies between channels are those that loops over pairs of rows find."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from insights.consistency import consistency
from insights.known import Period, known_shop
from tests.shops import make_shop

AT = datetime(2026, 3, 2)
PERIOD = Period(AT - timedelta(days=56), AT)
Found = dict[tuple[str, str, str], tuple[int, int]]


def drawn(seed: int) -> dict[str, list[dict[str, Any]]]:
    draw = random.Random(seed)
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("orders", "order_lines", "messages", "tickets")}

    def moment() -> datetime:
        return AT - timedelta(minutes=draw.randrange(60, 70 * 24 * 60))

    for number in range(900):
        row = {"order_id": f"o{number}", "customer_id": f"c{draw.randrange(80)}", "happened_at": moment(),
               "channel": draw.choice(["web", "store"]), "amount": 10.0}  # fmt: skip
        tables["orders"].append(row)
        dear = row["channel"] == "store" and row["happened_at"].day > 15
        line = {"order_id": row["order_id"], "product_id": draw.choice("pq"), "quantity": 2}
        tables["order_lines"].append(line | {"amount": 24.0 if dear else 20.0, "with_coupon": draw.random() < 0.2})
    for number in range(1_500):
        tables["messages"].append({"message_id": f"m{number}", "customer_id": f"c{draw.randrange(80)}",
                                   "happened_at": moment(), "channel": draw.choice(["email", "sms", "push"]),
                                   "campaign_id": draw.choice("ABC")})  # fmt: skip
    for number in range(700):
        tables["tickets"].append({"ticket_id": f"t{number}", "customer_id": f"c{draw.randrange(80)}",
                                  "happened_at": moment(), "channel": draw.choice(["call", "web"]),
                                  "topic": draw.choice(["refund", "delivery", "survey"])})  # fmt: skip
    tables["responses"] = [{"message_id": "m1", "kind": "open", "happened_at": AT - timedelta(minutes=1)}]
    return tables


def again(rows: list[dict[str, Any]], about: str, days: int, what: str) -> Found:
    counted: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    rows = [row for row in rows if PERIOD.since <= row["happened_at"] < AT and row[about] != "survey"]
    for one, two in permutations(rows, 2):
        same = one["customer_id"] == two["customer_id"] and one[about] == two[about]
        soon = timedelta(0) < two["happened_at"] - one["happened_at"] <= timedelta(days=days)
        if same and soon and one["channel"] != two["channel"]:
            counted[what, one["channel"], two["channel"]].append(one["customer_id"])
    return {pair: (len(people), len(set(people))) for pair, people in counted.items() if len(set(people)) >= 20}


def prices(tables: dict[str, list[dict[str, Any]]]) -> Found:
    orders = {row["order_id"]: row for row in tables["orders"]}
    units: dict[tuple[str, datetime, str], list[tuple[float, str]]] = defaultdict(list)
    for line in tables["order_lines"]:
        order = orders[line["order_id"]]
        when = order["happened_at"]
        if PERIOD.since <= when < AT and not line["with_coupon"]:
            monday = datetime(when.year, when.month, when.day) - timedelta(days=when.weekday())
            key = line["product_id"], monday, order["channel"]
            units[key].append((line["amount"] / line["quantity"], order["customer_id"]))
    counted: dict[tuple[str, str, str], list[set[str]]] = defaultdict(list)
    for (product, week, channel), cheap in units.items():
        other = "store" if channel == "web" else "web"
        dear = units.get((product, week, other), [])
        if len(cheap) >= 5 and len(dear) >= 5:
            low, high = (sum(unit for unit, _ in one) / len(one) for one in (cheap, dear))
            if high > low * 1.05:
                counted["price", channel, other].append({who for _, who in cheap + dear})
    sizes = {pair: (len(weeks), len(set().union(*weeks))) for pair, weeks in counted.items()}
    return {pair: size for pair, size in sizes.items() if size[1] >= 20}


@pytest.mark.parametrize("seed", [1, 2])
def test_inconsistencies_are_those_of_plain_loops(tmp_path: Path, seed: int) -> None:
    tables = drawn(seed)
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = consistency(known, PERIOD).to_pylist()
    told = {(row["what"], row["channel"], row["other_channel"]): (row["cases"], row["people"]) for row in found}
    expected = {
        **prices(tables),
        **again(tables["messages"], "campaign_id", 3, "message"),
        **again(tables["tickets"], "topic", 14, "service"),
    }
    assert told == expected
    assert {what for what, _, _ in expected} == {"price", "message", "service"}
    assert all(0.05 < row["dearer_by"] <= 0.2 + 1e-9 for row in found if row["what"] == "price")


def test_a_shop_of_orders_alone_has_none_to_tell(tmp_path: Path) -> None:
    orders = [{name: value for name, value in row.items() if name != "channel"} for row in drawn(1)["orders"]]
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        assert consistency(known, PERIOD).num_rows == 0


def test_a_promotion_of_one_channel_alone_is_counted_by_product_and_week(tmp_path: Path) -> None:
    tables = drawn(2)
    orders = {row["order_id"]: row for row in tables["orders"]}
    for line in tables["order_lines"]:
        order = orders[line["order_id"]]
        line["with_coupon"] = order["channel"] == "web" and line["product_id"] == "p" and order["happened_at"].day > 20
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = [row for row in consistency(known, PERIOD).to_pylist() if row["what"] == "promotion"]
    shares: dict[tuple[str, datetime, str], list[tuple[bool, str]]] = defaultdict(list)
    for line in tables["order_lines"]:
        order = orders[line["order_id"]]
        moment = order["happened_at"]
        if PERIOD.since <= moment < AT:
            week = datetime(moment.year, moment.month, moment.day) - timedelta(days=moment.weekday())
            shares[line["product_id"], week, order["channel"]].append((line["with_coupon"], order["customer_id"]))
    weeks = [
        (week, [*shares[product, week, "store"], *shares[product, week, "web"]])
        for product, week, channel in shares
        if channel == "web" and len(shares[product, week, "web"]) >= 5 and len(shares[product, week, "store"]) >= 5
        and sum(told for told, _ in shares[product, week, "web"]) >= 0.5 * len(shares[product, week, "web"])
    ]  # fmt: skip
    people = {who for _, lines in weeks for _, who in lines}
    assert weeks and len(people) >= 20
    assert [(row["channel"], row["other_channel"], row["cases"], row["people"]) for row in found] == [
        ("store", "web", len(weeks), len(people))
    ]
