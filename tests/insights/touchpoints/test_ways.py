"""Ways, moves and crossings are those of a plain loop over touches and orders."""

import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pytest

from insights.known import Period, known_shop
from insights.small_groups import large_enough
from insights.touchpoints.journey import Crossing, crossings, journey
from insights.touchpoints.ways import LONGEST, LOOK_BACK_DAYS, paths_by, paths_of, people_on_ways
from tests.shops import make_shop

AT = datetime(2026, 5, 1)
PERIOD = Period(datetime(2026, 2, 1), AT)
Rows = list[dict[str, Any]]


def drawn(seed: int) -> tuple[Rows, Rows]:
    draw, touches, orders = random.Random(seed), [], []
    for person in range(120):
        moment = datetime(2026, 1, 1)
        while moment < AT:
            moment += timedelta(days=draw.choice([0.2, 2, 9, 40]) * draw.random(), minutes=1)
            row = {"customer_id": f"c{person}", "happened_at": moment, "channel": draw.choice(["web", "app", "store"])}
            if draw.random() < 0.3:
                orders.append({**row, "order_id": f"o{len(orders)}", "amount": 5,
                               "fulfilment": "pick_up" if len(orders) % 9 == 0 else "delivery"})  # fmt: skip
            else:
                touches.append({**row, "kind": "visit", "session_id": f"s{len(touches)}"})
    return touches, orders


def plain_ways(touches: Rows, orders: Rows) -> list[tuple[list[dict[str, Any]], bool]]:
    """Every way that is over: its rows in order, and whether an order ended it."""
    found = []
    for who in {row["customer_id"] for row in touches}:
        rows = sorted((row for row in (*touches, *orders) if row["customer_id"] == who and row["happened_at"] < AT),
                      key=lambda row: row["happened_at"])  # fmt: skip
        way: Rows = []
        for row in rows:
            if way and row["happened_at"] - way[-1]["happened_at"] > timedelta(days=LOOK_BACK_DAYS):
                found.append((way, False))
                way = []
            way.append(row)
            if "order_id" in row:
                found.append((way, True))
                way = []
        if way and way[-1]["happened_at"] < AT - timedelta(days=LOOK_BACK_DAYS):
            found.append((way, False))
    return [one for one in found if PERIOD.since <= one[0][-1]["happened_at"] < AT]


@pytest.fixture
def world() -> tuple[Rows, Rows]:
    return drawn(1)


def test_ways_are_those_of_a_plain_loop(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, touchpoints=world[0], orders=world[1]), AT) as known:
        paths = paths_of(known, PERIOD)
    expected: dict[bool, Counter[tuple[str, ...]]] = {True: Counter(), False: Counter()}
    for rows, bought in plain_ways(*world):
        channels = [row["channel"] for row in rows]
        told = [one for place, one in enumerate(channels) if not place or channels[place - 1] != one]
        expected[bought][tuple(told[-LONGEST:])] += 1
    assert (paths.bought, paths.left) == (expected[True], expected[False])


def test_people_on_ways_are_those_of_a_plain_loop(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, touchpoints=world[0], orders=world[1]), AT) as known:
        found = people_on_ways(known, PERIOD)
    who: dict[Any, set[str]] = {}
    for rows, bought in plain_ways(*world):
        channels = [row["channel"] for row in rows]
        way = tuple([one for place, one in enumerate(channels) if not place or channels[place - 1] != one][-LONGEST:])
        person = rows[0]["customer_id"]
        keys = ["every", bought, (way, bought), ("begun", way[0])]
        if bought:
            keys += [("introduces", way[0]), ("closes", way[-1]), *(("assists", one) for one in {*way[1:-1]})]
            keys += [("orders", one) for one in {*way}]
        for key in keys:
            who.setdefault(key, set()).add(person)
    assert (found.every, found.bought, found.left) == (len(who["every"]), len(who[True]), len(who[False]))
    assert found.ways == {key: len(one) for key, one in who.items() if isinstance(key, tuple) and key[0] in
                          [way for way, _ in found.ways]}  # fmt: skip
    assert found.begun == {channel: len(who["begun", channel]) for channel in found.begun} and found.begun
    assert found.roles == {key: len(who.get(key, ())) for key in found.roles} and found.roles


def test_moves_are_those_of_a_plain_loop(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, touchpoints=world[0], orders=world[1]), AT) as known:
        rows = journey(known, PERIOD).to_pylist()
    moves: dict[tuple[str, str], list[float | None]] = {}
    people: dict[tuple[str, str], set[str]] = {}
    for way, bought in plain_ways(*world):
        line = [("start", None), *((row["channel"], row["happened_at"]) for row in way)]
        ends = [*(row["channel"] for row in way[:-1]), "order" if bought else way[-1]["channel"]]
        pairs = [(line[i][0], end, line[i][1], line[i + 1][1]) for i, end in enumerate(ends)]
        pairs += [] if bought else [(way[-1]["channel"], "none", None, None)]
        for one, two, then, now in pairs:
            moves.setdefault((one, two), []).append(now and then and (now - then).total_seconds() / 3600)
            people.setdefault((one, two), set()).add(way[0]["customer_id"])
    shown = set()
    for start in {one for one, _ in people}:
        keys = [key for key in people if key[0] == start]
        shown |= {key for key, told in zip(keys, large_enough([len(people[key]) for key in keys]), strict=True) if told}
    assert {(row["from_touch"], row["to_touch"]) for row in rows} == shown
    for row in rows:
        found = moves[row["from_touch"], row["to_touch"]]
        assert (row["times"], row["people"]) == (len(found), len(people[row["from_touch"], row["to_touch"]]))
        hours = [one for one in found if one is not None]
        assert row["median_hours"] == (pytest.approx(median(hours), abs=1e-3) if hours else None)
        whole = sum(len(found) for (one, _), found in moves.items() if one == row["from_touch"])
        assert row["share"] == pytest.approx(len(found) / whole)


def in_halves(person: str) -> str | None:
    """The first hundred in two groups of forty and more, twelve alone, eight in none."""
    number = int(person[1:])
    return None if number >= 112 else "few" if number >= 100 else "even" if number % 2 else "odd"


def halves() -> pa.Table:
    people = [f"c{i}" for i in range(120)]
    return pa.table({"customer_id": people, "segment": pa.array([in_halves(one) for one in people], pa.string())})


def test_ways_and_moves_of_a_group_are_those_of_its_people(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, touchpoints=world[0], orders=world[1]), AT) as known:
        found, rows = paths_by(known, PERIOD, halves()), journey(known, PERIOD, halves()).to_pylist()
    ways = [(way, bought) for way, bought in plain_ways(*world)]
    people = {name: {way[0]["customer_id"] for way, _ in ways if in_halves(way[0]["customer_id"]) == name}
              for name in ("odd", "even", "few")}  # fmt: skip
    assert 0 < len(people["few"]) < 20
    (shown,) = found  # the smaller of the two large ones would reveal the small one
    assert found[shown][0].every == len(people[shown]) == max(len(one) for one in people.values())
    of_group = [bought for way, bought in ways if way[0]["customer_id"] in people[shown]]
    assert sum(found[shown][1].bought.values()) == sum(of_group)
    assert sum(found[shown][1].left.values()) == len(of_group) - sum(of_group)
    assert {row["segment"] for row in rows} == {"odd", "even"}
    last = {(one["segment"], one["from_touch"]): one for one in rows if one["to_touch"] == "order"}
    assert all(one["bought"] == 1.0 for one in last.values()) and last
    assert all(one["bought"] == 0.0 for one in rows if one["to_touch"] == "none")


def test_moves_say_how_many_stand_on_ways_that_ended_in_an_order(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, touchpoints=world[0], orders=world[1]), AT) as known:
        rows = {(row["from_touch"], row["to_touch"]): row for row in journey(known, PERIOD).to_pylist()}
    starts = [(way, bought) for way, bought in plain_ways(*world) if len(way) > 1 or not bought]
    web = [(way[0]["customer_id"], bought) for way, bought in starts if way[0]["channel"] == "web"]
    sides = [{who for who, bought in web if bought is side} for side in (True, False)]
    expected = None if any(0 < len(side) < 20 for side in sides) else sum(one for _, one in web) / len(web)
    assert rows["start", "web"]["bought"] == (None if expected is None else pytest.approx(expected))


def test_crossings_are_those_of_a_plain_loop(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    touches, orders = world
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), AT) as known:
        found = crossings(known, PERIOD)
    inside = [row for row in orders if PERIOD.since <= row["happened_at"] < AT]

    def crossed(here: set[str], other: set[str]) -> Crossing:
        sold = [row for row in inside if row["channel"] in here]
        after = [
            order for order in sold if any(is_before(touch, order) for touch in touches if touch["channel"] in other)
        ]
        return Crossing(len(sold), len(after))

    picked = sum(row["fulfilment"] == "pick_up" for row in inside)
    assert found == (crossed({"store"}, {"web", "app"}), crossed({"web", "app"}, {"store"}), picked)


def is_before(touch: dict[str, Any], order: dict[str, Any]) -> bool:
    """Whether a touch of the same person came within seven days before an order."""
    lies = timedelta(0) < order["happened_at"] - touch["happened_at"] <= timedelta(days=7)
    return bool(lies and touch["customer_id"] == order["customer_id"])


def test_orders_alone_have_ways_of_one_touch(tmp_path: Path, world: tuple[Rows, Rows]) -> None:
    with known_shop(make_shop(tmp_path, orders=world[1]), AT) as known:
        assert {len(way) for way in paths_of(known, PERIOD).bought} == {1}
        assert crossings(known, PERIOD) is None
