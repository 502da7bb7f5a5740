"""Stops count visits and the people behind them; the variance of a share is that of people drawn with their visits."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from insights.funnel.funnel import funnel
from insights.funnel.stops import Stops, stops
from insights.funnel.visits import STEPS
from insights.known import Period, known_shop
from tests.shops import make_shop

SINCE, UNTIL = datetime(2026, 2, 1), datetime(2026, 3, 1)
KINDS = ("visit", "view", "add_to_cart", "begin_checkout", "purchase")
Visit = tuple[str, int]  # who, furthest step


def drawn(seed: int) -> list[Visit]:
    draw = random.Random(seed)
    return [(f"c{draw.randrange(60)}", draw.choices(range(5), [30, 30, 15, 15, 10])[0]) for _ in range(400)]


def stops_of(folder: Path, visits: list[Visit]) -> Stops:
    with known_shop(make_shop(folder, **tables(visits)), UNTIL) as known:
        return stops(known, Period(SINCE, UNTIL), ("channel",), returns=False)[("web",)]


def tables(visits: list[Visit]) -> dict[str, list[dict[str, Any]]]:
    touches = [
        {"customer_id": who, "happened_at": SINCE + timedelta(minutes=9 * number, seconds=step), "channel": "web",
         "session_id": f"s{number}", "kind": KINDS[step]}
        for number, (who, depth) in enumerate(visits) for step in range(depth + 1)
    ]  # fmt: skip
    orders = [{"order_id": f"o{number}", "customer_id": who, "amount": 30, "channel": "web",
               "happened_at": SINCE + timedelta(minutes=9 * number, seconds=9)}
              for number, (who, depth) in enumerate(visits) if depth == 4]  # fmt: skip
    return {"touchpoints": touches, "orders": orders}


def test_people_and_spread_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    visits = drawn(1)
    found = stops_of(tmp_path, visits)
    people = {who for who, _ in visits}
    for first in range(len(STEPS)):
        for end in range(first + 1, len(STEPS) + 1):
            assert found.people[first, end] == len({who for who, depth in visits if first <= depth < end})
    for step, following in ((0, 1), (1, 3), (3, 4)):
        came = {one: sum(who == one and depth >= step for who, depth in visits) for one in people}
        passed = {one: sum(who == one and depth >= following for who, depth in visits) for one in people}
        whole, on = sum(came.values()), sum(passed.values())
        share = on / whole
        squares = sum((passed[one] - share * came[one]) ** 2 for one in people)
        assert found.spread(step, following) == pytest.approx(max(squares / (whole * share * (1 - share)), 1.0))
        lost = sum((came[one] - passed[one]) ** 2 for one in people) / (whole - on)
        assert found.lost_spread(step, following) == pytest.approx(max(lost, 1.0))


def test_one_visit_a_person_spreads_as_chance_does(tmp_path: Path) -> None:
    found = stops_of(tmp_path, [(f"c{number}", depth) for number, (_, depth) in enumerate(drawn(2))])
    assert found.spread(0, 1) == pytest.approx(1.0) and found.lost_spread(0, 1) == pytest.approx(1.0)


def test_a_share_of_few_people_is_not_told_however_often_they_came(tmp_path: Path) -> None:
    busy = [(f"c{number % 19}", 4) for number in range(400)]
    found = stops_of(tmp_path, busy + [(f"d{number}", 2) for number in range(60)])
    assert not found.tells(2, 3) and found.tells(1, 2)  # nineteen paid, and nobody stopped before the cart


def test_what_nineteen_paid_puts_no_price_on_those_who_left(tmp_path: Path) -> None:
    visits = [(f"c{number % 19}", 4) for number in range(400)] + [(f"d{number}", 2) for number in range(60)]
    with known_shop(make_shop(tmp_path, **tables(visits)), UNTIL) as known:
        rows = funnel(known, Period(SINCE, UNTIL)).to_pylist()
    assert {row["next_step"] for row in rows} == {"product", "cart"}
    assert all(row["cost"] is None and row["cost_low"] is None for row in rows)


def test_a_busy_person_widens_the_interval(tmp_path: Path) -> None:
    """The same visits, once of two hundred people and once half of those who paid of one."""
    widths = []
    for name, who in (
        ("many", lambda number: f"c{number}"),
        ("one", lambda number: f"c{number if number % 2 or number > 99 else 0}"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        visits = [(who(number), 4 if number < 100 else 3) for number in range(200)]
        early = [(f"e{number}", 4 if number % 2 else 3) for number in range(200)]
        rows = tables(visits)
        before = tables(early)
        for row in (*before["touchpoints"], *before["orders"]):
            row["happened_at"] -= UNTIL - SINCE
            row["session_id" if "kind" in row else "order_id"] += "e"
        both = {table: rows[table] + before[table] for table in rows}
        with known_shop(make_shop(folder, **both), UNTIL) as known:
            (row,) = [one for one in funnel(known, Period(SINCE, UNTIL)).to_pylist() if one["step"] == "checkout"]
        widths.append(row["change_high"] - row["change_low"])
        assert row["pass_rate"] == 0.5 and np.isfinite(widths[-1])
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.parametrize(("gone", "told"), [(19, False), (40, True)])
def test_who_bought_within_seven_days_is_told_only_where_nobody_else_can_be_counted(
    tmp_path: Path, gone: int, told: bool
) -> None:
    """Sixty people leave a cart and pay on the next day; so many more leave it and never do."""
    visits = [(f"c{number}", depth) for depth in (2, 4) for number in range(60)]
    visits += [(f"g{number}", 2) for number in range(gone)]
    with known_shop(make_shop(tmp_path, **tables(visits)), UNTIL) as known:
        (row,) = [one for one in funnel(known, Period(SINCE, UNTIL)).to_pylist() if one["step"] == "cart"]
    assert row["lost"] == 60 + gone
    assert (row["came_back"], row["cost"] is not None) == ((60, True) if told else (None, False))
