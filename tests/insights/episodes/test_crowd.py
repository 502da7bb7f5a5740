"""An episode is of people: what one does often, or under twenty do, is none; the counting is that of a plain loop."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.clocks import add_days
from features.shop import Shop
from insights.episodes.crowd import crowd_of, is_of_people
from insights.episodes.daily import DailySeries
from insights.episodes.episodes import episodes
from insights.episodes.scan import stretch_at
from insights.episodes.series import every_series
from insights.known import Known, Period, known_shop
from tests.shops import make_shop

FIRST, DAYS = datetime(2026, 1, 1), 150
AT = add_days(FIRST, DAYS)
PERIOD = Period(add_days(AT, -91), AT)
BEGIN, LASTS = 110, 10
EACH_DAY = 20


def stall(folder: Path, buyers: int, times: int, guests: bool = False) -> Shop:
    """Twenty orders a day, one in twenty at the stall; in ten days so many people order there so many times more."""
    rng = np.random.default_rng(7)
    orders: list[dict[str, Any]] = []
    for day in range(DAYS):
        for number in range(EACH_DAY):
            at_stall = rng.random() < 0.05
            orders.append({"order_id": f"{day}-{number}", "customer_id": f"c{rng.integers(400)}", "amount": 5,
                           "channel": "stall" if at_stall else "store",
                           "happened_at": add_days(FIRST, day) + timedelta(hours=9)})  # fmt: skip
    for number in range(buyers * times):
        when = add_days(FIRST, BEGIN + number % LASTS) + timedelta(hours=12)
        who = None if guests else f"s{number % buyers}"
        orders.append({"order_id": f"s{number}", "customer_id": who, "amount": 5, "channel": "stall",
                       "happened_at": when})  # fmt: skip
    return make_shop(folder, orders=orders)


@pytest.mark.parametrize(
    ("buyers", "times", "guests", "told"),
    [
        (60, 1, False, True),
        (60, 1, True, True),  # a guest's order is a person's
        (30, 2, False, True),
        (1, 60, False, False),  # one person's whim
        (4, 15, False, False),
        (6, 10, False, False),  # with those who are there anyway sixteen people, under twenty
    ],
)
def test_only_what_people_do_is_told(tmp_path: Path, buyers: int, times: int, guests: bool, told: bool) -> None:
    with known_shop(stall(tmp_path, buyers, times, guests), AT) as known:
        found = episodes(known, PERIOD)
    assert [one.place for one in found] == ([{"channel": "stall"}] if told else [])
    assert all(one.is_large and one.count >= buyers * times for one in found)


def closed(folder: Path, buyers: int) -> Shop:
    """Twelve orders a day in the store and eight by so many people at the stall, which is closed for twelve days."""
    rng = np.random.default_rng(8)
    orders: list[dict[str, Any]] = []
    for day in range(DAYS):
        for number in range(EACH_DAY):
            at_stall = number < 8
            if at_stall and BEGIN <= day < BEGIN + 12:
                continue
            who = f"s{rng.integers(buyers)}" if at_stall else f"c{rng.integers(400)}"
            orders.append({"order_id": f"{day}-{number}", "customer_id": who, "amount": 5,
                           "channel": "stall" if at_stall else "store",
                           "happened_at": add_days(FIRST, day) + timedelta(hours=9)})  # fmt: skip
    return make_shop(folder, orders=orders)


@pytest.mark.parametrize(("buyers", "told"), [(19, False), (40, True)])
def test_a_fall_is_of_those_who_usually_come(tmp_path: Path, buyers: int, told: bool) -> None:
    with known_shop(closed(tmp_path, buyers), AT) as known:
        found = [one.place["channel"] for one in episodes(known, PERIOD)]
    assert ("stall" in found or "store" in found) is told


def series_of(known: Known, what: str, **place: str) -> DailySeries:
    return next(one for one in every_series(known, FIRST) if one.what == what and dict(one.place) == place)


def test_people_and_their_spread_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    with known_shop(stall(tmp_path, 18, 3), AT) as known:
        series = series_of(known, "orders", channel="stall")
        found = stretch_at(series.part, series.whole, BEGIN, BEGIN + LASTS)
        assert found is not None
        crowd = crowd_of(known, series, FIRST, found)
        rows = known.engine.arrow(known.orders).to_pylist()
    counts: dict[tuple[bool, bool], Counter[str]] = {(a, b): Counter() for a in (True, False) for b in (True, False)}
    for row in rows:
        inside = BEGIN <= (row["happened_at"] - FIRST).days < BEGIN + LASTS
        counts[True, inside][row["customer_id"]] += row["channel"] == "stall"
        counts[False, inside][row["customer_id"]] += 1
    assert crowd.part == sum(times > 0 for times in counts[True, True].values())
    assert crowd.part_beside == sum(times > 0 for times in counts[True, False].values())
    for inside, rest in ((True, crowd.rest), (False, crowd.rest_beside)):
        assert rest == sum(times > counts[True, inside][who] for who, times in counts[False, inside].items())
    shares, whole = {}, {}
    for inside in (True, False):
        whole[inside] = sum(counts[False, inside].values())
        shares[inside] = sum(counts[True, inside].values()) / whole[inside]
    squares, scale = 0.0, whole[True] / whole[False]
    for who in {*counts[False, True], *counts[False, False]}:
        own, usually = (counts[True, side][who] - shares[side] * counts[False, side][who] for side in (True, False))
        squares += (own - scale * usually) ** 2
    chances = {side: shares[side] * (1 - shares[side]) for side in (True, False)}
    chance = whole[True] * (max(chances.values()) + scale * chances[False])
    assert crowd.spread == pytest.approx(squares / chance, rel=1e-9)
    assert crowd.spread > 1.5 and is_of_people(crowd, found)


def test_whoever_has_always_been_so_adds_no_spread(tmp_path: Path) -> None:
    """Half of the people buy at the stall alone, the others never: how often they come moves no share."""
    orders = [{"order_id": f"{day}-{who}", "customer_id": f"c{who}", "amount": 5,
               "channel": "stall" if who % 2 else "store", "happened_at": add_days(FIRST, day)}
              for day in range(DAYS) for who in range(30)]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        series = series_of(known, "orders", channel="stall")
        found = stretch_at(series.part, series.whole, BEGIN, BEGIN + LASTS)
        assert found is not None
        assert crowd_of(known, series, FIRST, found).spread == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("people", "times", "told"), [(50, 1, True), (2, 25, False)])
def test_cases_are_counted_by_people_too(tmp_path: Path, people: int, times: int, told: bool) -> None:
    rng = np.random.default_rng(9)
    orders, tickets = [], []
    for day in range(DAYS):
        when = add_days(FIRST, day)
        orders += [{"order_id": f"{day}-{i}", "customer_id": f"c{rng.integers(300)}", "amount": 5,
                    "happened_at": when} for i in range(10)]  # fmt: skip
        tickets.append({"ticket_id": f"t{day}", "customer_id": f"c{rng.integers(300)}", "topic": "refund",
                        "happened_at": when})  # fmt: skip
    for number in range(people * times):
        tickets.append({"ticket_id": f"n{number}", "customer_id": f"c{number % people}", "topic": "refund",
                        "happened_at": add_days(FIRST, BEGIN + number % LASTS)})  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders, tickets=tickets), AT) as known:
        assert [one.what for one in episodes(known, PERIOD)] == (["cases"] if told else [])
