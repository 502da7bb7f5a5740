"""Inconsistencies between channels are those that loops over pairs of rows find."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from insights.known import Period, known_shop
from insights.touchpoints.consistency import consistency
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


def again(rows: list[dict[str, Any]], about: str, number: str, days: int, what: str) -> Found:
    """What came again, each once a pair of channels; of two at one moment the later channel by name is the second."""
    counted: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
    rows = [row for row in rows if row["happened_at"] < AT and row[about] != "survey"]
    of_person: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        of_person[row["customer_id"], row[about]].append(row)
    for one, two in (pair for alike in of_person.values() for pair in permutations(alike, 2)):
        gap = two["happened_at"] - one["happened_at"]
        soon = timedelta(0) < gap <= timedelta(days=days) or (not gap and two["channel"] > one["channel"])
        if soon and one["channel"] != two["channel"] and two["happened_at"] >= PERIOD.since:
            counted[what, one["channel"], two["channel"]].add((two[number], two["customer_id"]))
    people = {pair: {who for _, who in cases} for pair, cases in counted.items()}
    return {pair: (len(cases), len(people[pair])) for pair, cases in counted.items() if len(people[pair]) >= 20}


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
        **again(tables["messages"], "campaign_id", "message_id", 3, "message"),
        **again(tables["tickets"], "topic", "ticket_id", 14, "service"),
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


EMAIL, SMS = ("message", "email", "sms"), ("message", "sms", "email")
MONDAY = AT - timedelta(days=28)


def written(tmp_path: Path, sends: list[tuple[str, timedelta]], bounced: str = "") -> Found:
    """What is told where thirty people are each written to so, about one campaign."""
    messages = [
        {"message_id": f"{who}-{place}", "customer_id": f"c{who}", "happened_at": MONDAY + after, "channel": channel,
         "campaign_id": "spring"}
        for who in range(30) for place, (channel, after) in enumerate(sends)
    ]  # fmt: skip
    responses = [
        {"message_id": row["message_id"], "kind": "bounce", "happened_at": row["happened_at"] + timedelta(minutes=1)}
        for row in messages if row["channel"] == bounced
    ]  # fmt: skip
    orders = drawn(1)["orders"][:5]
    tables = {"responses": responses} if bounced else {}
    with known_shop(make_shop(tmp_path, orders=orders, messages=messages, **tables), AT) as known:
        found = consistency(known, PERIOD).to_pylist()
    return {(row["what"], row["channel"], row["other_channel"]): (row["cases"], row["people"]) for row in found}


@pytest.mark.parametrize(
    ("sends", "told"),
    [
        ([("email", timedelta(0)), ("sms", timedelta(hours=5))], {EMAIL: (30, 30)}),
        ([("email", timedelta(0)), ("sms", timedelta(0))], {EMAIL: (30, 30)}),  # sent in one go
        ([("email", timedelta(0)), ("email", timedelta(1)), ("sms", timedelta(2))], {EMAIL: (30, 30)}),  # one SMS
        ([("email", timedelta(0)), ("sms", timedelta(1)), ("sms", timedelta(2))], {EMAIL: (60, 30)}),
        ([("email", timedelta(0)), ("sms", timedelta(4))], {}),
        ([("email", timedelta(0)), ("email", timedelta(1))], {}),
        ([("sms", timedelta(-29)), ("email", timedelta(-28))], {SMS: (30, 30)}),  # the first before the period
        ([("email", timedelta(-29)), ("sms", timedelta(-29))], {}),
    ],
)
def test_the_same_person_written_to_twice_about_one_thing(
    tmp_path: Path, sends: list[tuple[str, timedelta]], told: Found
) -> None:
    assert written(tmp_path, sends) == told


def test_an_sms_for_a_mail_that_bounced_is_no_second_message(tmp_path: Path) -> None:
    sends = [("email", timedelta(0)), ("sms", timedelta(hours=1))]
    assert written(tmp_path, sends, bounced="email") == {}


def asked(tmp_path: Path, cases: list[tuple[str, str, str, int, int]]) -> Found:
    """What is told where thirty people each open such cases: number, channel, topic, day, and days until known."""
    tickets = [
        {"ticket_id": f"{who}-{number}", "customer_id": f"c{who}", "happened_at": MONDAY + timedelta(day),
         "known_at": MONDAY + timedelta(day + late), "channel": channel, "topic": topic}
        for who in range(30) for number, channel, topic, day, late in cases
    ]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=drawn(1)["orders"][:5], tickets=tickets), AT) as known:
        found = consistency(known, PERIOD).to_pylist()
    return {(row["what"], row["channel"], row["other_channel"]): (row["cases"], row["people"]) for row in found}


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ([("a", "web", "refund", 0, 0), ("b", "call", "refund", 14, 0)], {("service", "web", "call"): (30, 30)}),
        ([("a", "web", "refund", 0, 0), ("b", "call", "refund", 15, 0)], {}),
        ([("a", "web", "refund", 0, 0), ("b", "call", "delivery", 1, 0)], {}),
        ([("a", "web", "survey", 0, 0), ("b", "call", "survey", 1, 0)], {}),
        ([("a", "web", "refund", 0, 0), ("a", "call", "refund", 3, 0)], {}),  # one case, passed on to another desk
        # Closed when the second had been opened: it was asked first all the same.
        ([("a", "web", "refund", 0, 0), ("a", "web", "refund", 9, 0), ("b", "call", "refund", 5, 0)],
         {("service", "web", "call"): (30, 30)}),
        ([("a", "web", "refund", 0, 0), ("b", "call", "refund", 5, 40)], {}),  # the second is not known yet
    ],
)  # fmt: skip
def test_service_that_has_to_be_asked_for_again_on_another_channel(
    tmp_path: Path, cases: list[tuple[str, str, str, int, int]], told: Found
) -> None:
    assert asked(tmp_path, cases) == told
