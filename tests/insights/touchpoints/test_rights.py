"""Rights of a tier through one channel alone are those that loops over lines find; what chance explains is none."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insights.known import Period, known_shop
from insights.touchpoints.consistency import consistency
from tests.shops import make_shop

Rows = list[dict[str, Any]]
AT = datetime(2026, 3, 2)
PERIOD = Period(AT - timedelta(days=56), AT)
RAISED = AT - timedelta(days=28)  # when half of the gold members became gold


def drawn(seed: int, given: dict[tuple[str, str], float], people: int = 60) -> dict[str, Rows]:
    """Members of two tiers, some raised half-way; `given`: (tier, channel) → share of lines at the member price."""
    draw = random.Random(seed)
    customers: Rows = []
    for who in range(people):
        first = "gold" if who % 4 == 0 else "silver"
        customers.append({"customer_id": f"c{who}", "tier": first, "known_at": AT - timedelta(days=300)})
        if who % 4 == 1:
            customers.append({"customer_id": f"c{who}", "tier": "gold", "known_at": RAISED})
    tables: dict[str, Rows] = {"customers": customers, "orders": [], "order_lines": []}
    for number in range(1_600):
        who, when = draw.randrange(people), AT - timedelta(minutes=draw.randrange(60, 70 * 24 * 60))
        tier = "gold" if who % 4 == 0 or (who % 4 == 1 and when >= RAISED) else "silver"
        channel = draw.choice(["web", "store", "app"])
        order = {
            "order_id": f"o{number}",
            "customer_id": f"c{who}",
            "happened_at": when,
            "channel": channel,
            "amount": 9,
        }
        tables["orders"].append(order)
        benefit = "member_price" if draw.random() < given.get((tier, channel), 0.0) else draw.choice([None, ""])
        tables["order_lines"].append({"order_id": f"o{number}", "product_id": draw.choice("pqr"), "benefit": benefit,
                                      "_tier": tier, "_order": order})  # fmt: skip
    return tables


def plain(tables: dict[str, Rows]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """channel, other channel, tier → cases and people, one line after the other."""
    cells: dict[tuple[str, str, datetime, str], Rows] = defaultdict(list)
    for line in tables["order_lines"]:
        when = line["_order"]["happened_at"]
        if PERIOD.since <= when < AT:
            week = datetime(when.year, when.month, when.day) - timedelta(days=when.weekday())
            cells[line["_tier"], line["product_id"], week, line["_order"]["channel"]].append(line)
    told = {}
    for tier in ("gold", "silver"):
        for here, there in [(a, b) for a in ("web", "store", "app") for b in ("web", "store", "app") if a != b]:
            kept = []
            for product in "pqr":
                both = [
                    (cells[tier, product, week, here], rows) for (of, what, week, on), rows in list(cells.items())
                    if (of, what, on) == (tier, product, there) and cells.get((tier, product, week, here))
                ]  # fmt: skip
                lines = [line for _, rows in both for line in rows]
                if len(lines) >= 5 and 2 * sum(bool(line["benefit"]) for line in lines) >= len(lines):
                    kept += both
            mine = [line for rows, _ in kept for line in rows]
            if len(mine) >= 5 and sum(bool(line["benefit"]) for line in mine) <= 0.05 * len(mine):
                cases = [
                    (rows, others) for rows, others in kept
                    if not any(line["benefit"] for line in rows) and any(line["benefit"] for line in others)
                ]  # fmt: skip
                people = {line["_order"]["customer_id"] for pair in cases for rows in pair for line in rows}
                if len(people) >= 20:
                    told[here, there, tier] = (len(cases), len(people))
    return told


def found(tmp_path: Path, tables: dict[str, Rows]) -> dict[tuple[str, str, str], tuple[int, int]]:
    lines = [{name: value for name, value in line.items() if name[0] != "_"} for line in tables["order_lines"]]
    with known_shop(make_shop(tmp_path, **{**tables, "order_lines": lines}), AT) as known:
        rows = consistency(known, PERIOD).to_pylist()
    assert {row["right"] for row in rows if row["what"] == "right"} <= {"member_price"}
    return {
        (row["channel"], row["other_channel"], row["tier"]): (row["cases"], row["people"])
        for row in rows
        if row["what"] == "right"
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_right_of_one_channel_is_the_one_of_plain_loops(tmp_path: Path, seed: int) -> None:
    given = {("gold", "web"): 0.9, ("gold", "app"): 0.9, ("silver", "web"): 0.9, ("silver", "store"): 0.8,
             ("silver", "app"): 0.85}  # fmt: skip
    tables = drawn(seed, given)
    expected = plain(tables)
    assert set(expected) == {("store", "web", "gold"), ("store", "app", "gold")}
    assert found(tmp_path, tables) == expected


@pytest.mark.parametrize("share", [0.03, 0.15, 0.5])
def test_a_right_that_every_channel_gives_as_often_is_no_difference(tmp_path: Path, share: float) -> None:
    every = {(tier, channel): share for tier in ("gold", "silver") for channel in ("web", "store", "app")}
    assert found(tmp_path, drawn(9, every)) == {}


def test_a_tier_of_fewer_than_twenty_people_is_not_told(tmp_path: Path) -> None:
    tables = drawn(4, {("gold", "web"): 1.0}, people=36)  # nine gold members, eighteen after the raise
    assert found(tmp_path, tables) == {}


def test_without_tiers_or_benefits_nothing_is_compared(tmp_path: Path) -> None:
    tables = drawn(1, {("gold", "web"): 0.9})
    for row in tables["customers"]:
        del row["tier"]
    assert found(tmp_path, tables) == {}
