"""The funnel counts what a plain loop over touchpoints counts, and prices what was lost."""

import itertools
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insights.funnel.funnel import funnel
from insights.funnel.stops import RETURNS_WITHIN_DAYS
from insights.funnel.visits import STEPS
from insights.known import Period, known_shop
from tests.shops import make_shop

Rows = list[dict[str, Any]]
SINCE, UNTIL = datetime(2026, 2, 1), datetime(2026, 3, 1)
KINDS = ("visit", "view", "add_to_cart", "begin_checkout", "purchase")


def drawn_shop(seed: int, visits: int = 3000, people: int = 300) -> tuple[Rows, Rows]:
    """Touchpoints and orders of January and February; the app has no add_to_cart, guests come to the web."""
    draw = random.Random(seed)
    touches: Rows = []
    orders: Rows = []
    for number in range(visits):
        start = datetime(2026, 1, 1) + timedelta(minutes=draw.uniform(0, 59 * 24 * 60))
        channel = draw.choice(["web", "web", "app"])
        guest = channel == "web" and draw.random() < 0.2
        who = None if guest else f"c{draw.randrange(people)}"
        depth = draw.choices(range(5), [30, 30, 15, 15, 10 if channel == "web" else 20])[0]
        for step in range(depth + 1):
            if channel == "app" and step == 2:
                continue
            touches.append({"customer_id": who, "happened_at": start + timedelta(minutes=step), "channel": channel,
                            "kind": KINDS[step], "session_id": f"s{number}"})  # fmt: skip
        if depth == 4:
            orders.append({"order_id": f"o{number}", "customer_id": who, "happened_at": start + timedelta(minutes=4),
                           "amount": draw.randint(10, 90), "channel": channel})  # fmt: skip
    return touches, orders


def plainly(touches: Rows, orders: Rows, channel: str) -> list[tuple[str, str, int, int, int | None]]:
    """(step, next step, visits, passed, came back: None where under twenty people) of one channel, by loops."""
    sessions: dict[str, Rows] = {}
    for row in touches:
        if row["channel"] == channel:
            sessions.setdefault(row["session_id"], []).append(row)
    ended: Counter[int] = Counter()
    back: dict[int, list[str]] = {step: [] for step in range(5)}
    for rows in sessions.values():
        start, who = min(row["happened_at"] for row in rows), rows[0]["customer_id"]
        if not SINCE <= start < UNTIL:
            continue
        reached = max(KINDS.index(row["kind"]) for row in rows)
        ended[reached] += 1
        until = start + timedelta(days=RETURNS_WITHIN_DAYS)
        if reached < 4 and who and any(o["customer_id"] == who and start <= o["happened_at"] < until for o in orders):
            back[reached].append(who)
    steps = [step for step in range(5) if any(KINDS.index(row["kind"]) == step for row in touches
                                              if row["channel"] == channel)]  # fmt: skip
    found = []
    for one, two in itertools.pairwise(steps):
        came, passed = (sum(ended[k] for k in range(step, 5)) for step in (one, two))
        who = [person for k in range(one, two) for person in back[k]]
        found.append((STEPS[one], STEPS[two], came, passed, None if 0 < len({*who}) < 20 else len(who)))
    return found


@pytest.mark.parametrize("channel", ["web", "app"])
def test_drop_offs_are_those_of_a_plain_loop(tmp_path: Path, channel: str) -> None:
    touches, orders = drawn_shop(1, visits=5000)
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL + timedelta(days=10)) as known:
        rows = funnel(known, Period(SINCE, UNTIL), by=("channel",)).to_pylist()
    found = [
        (row["step"], row["next_step"], row["visits"], row["passed"], row["came_back"])
        for row in sorted(rows, key=lambda row: STEPS.index(row["step"]))
        if row["channel"] == channel
    ]
    assert found == plainly(touches, orders, channel)
    assert all(row["lost"] == row["visits"] - row["passed"] for row in rows)


def test_a_drop_off_costs_what_those_who_went_on_brought(tmp_path: Path) -> None:
    touches, orders = drawn_shop(2)
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL + timedelta(days=10)) as known:
        rows = funnel(known, Period(SINCE, UNTIL), by=("channel",)).to_pylist()
    (row,) = [row for row in rows if (row["channel"], row["step"]) == ("web", "cart")]
    inside = [one["amount"] for one in orders if one["channel"] == "web" and SINCE <= one["happened_at"] < UNTIL]
    (paid,) = [one["passed"] for one in rows if (one["channel"], one["next_step"]) == ("web", "payment")]
    expected = (row["lost"] - (row["came_back"] or 0)) * paid / row["passed"] * sum(inside) / len(inside)
    assert row["cost"] == pytest.approx(expected, rel=1e-3)
    assert row["cost_low"] < row["cost"] < row["cost_high"]
    assert rows == sorted(rows, key=lambda one: -one["cost"])
    assert row["rate_before"] is not None
    assert row["rate_year_before"] is None


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_step_at_which_few_end_is_told_with_the_next(tmp_path: Path, seed: int) -> None:
    touches, orders = drawn_shop(seed, visits=300)
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL + timedelta(days=10)) as known:
        rows = funnel(known, Period(SINCE, UNTIL), by=("channel",)).to_pylist()
    assert rows
    assert all(row["lost"] == 0 or row["lost"] >= 20 for row in rows)
