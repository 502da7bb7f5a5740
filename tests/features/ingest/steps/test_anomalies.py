"""Amounts in another unit and clocks in another zone: named with a count, never refused."""

import math
import random
from datetime import datetime, timedelta

import pytest

from tests.features.ingest.exports import HEADER, opened

START = datetime.fromisoformat("2020-01-06")


def orders(amount=lambda number, at, value: value, moment=lambda number, at: at, count=4_000):
    """Orders of 300 customers over twenty weeks, mostly in the afternoon, spending about the same each time."""
    chance = random.Random(5)
    usual = [math.exp(chance.gauss(3.5, 0.5)) for _ in range(300)]
    lines = [HEADER]
    for number in range(count):
        hour = min(20, max(8, round(chance.gauss(15, 2))))
        at = START + timedelta(days=chance.randrange(140), hours=hour, minutes=chance.randrange(60))
        value = usual[number % 300] * math.exp(chance.gauss(0, 0.3))
        lines.append(f"{number},c{number % 300},{moment(number, at):%Y-%m-%d %H:%M},{amount(number, at, value):.2f}")
    return "\n".join(lines) + "\n"


def findings(tmp_path, text):
    shop = opened(tmp_path, orders__csv=text)
    assert shop.rows["orders"] == text.count("\n") - 1
    return [(finding.column, finding.count, finding.reason) for finding in shop.findings]


def test_a_sound_shop_is_not_suspected(tmp_path):
    assert findings(tmp_path, orders()) == []


def test_a_heavy_tail_is_not_suspected(tmp_path):
    chance = random.Random(1)
    assert findings(tmp_path, orders(lambda number, at, value: math.exp(chance.gauss(3.5, 0.9)))) == []


def test_single_orders_in_cents(tmp_path):
    (found,) = findings(tmp_path, orders(lambda number, at, value: value * (100 if number % 97 == 7 else 1)))
    assert (found[0], found[1]) == ("amount", 42)


def test_a_month_in_cents(tmp_path):
    text = orders(lambda number, at, value: value * (100 if at.month == 3 else 1))
    found, month = findings(tmp_path, text)
    assert (found[0], month[0]) == ("amount", "amount") and "in 2020-03" in month[2]
    assert found[1] == pytest.approx(text.count(",2020-03-"), rel=0.1)


@pytest.mark.parametrize("hours", [8, -7])
def test_weeks_in_another_zone(hours, tmp_path):
    first, last = START + timedelta(weeks=6), START + timedelta(weeks=8)
    text = orders(moment=lambda number, at: at + timedelta(hours=hours) if first <= at < last else at)
    (found,) = [found for found in findings(tmp_path, text) if "other weeks" in found[2]]
    assert (found[0], f"about {hours:+d} hours" in found[2]) == ("happened_at", True)
    assert found[1] == pytest.approx(400, rel=0.15)


def test_single_orders_when_the_shop_is_closed(tmp_path):
    text = orders(moment=lambda number, at: at.replace(hour=3) if number % 1500 == 5 else at)
    assert findings(tmp_path, text) == [("happened_at", 3, "a time at which the shop is otherwise silent (hours 3)")]


def test_dates_without_time_say_nothing_about_hours(tmp_path):
    assert findings(tmp_path, orders(moment=lambda number, at: at.replace(hour=0, minute=0))) == []


def test_an_id_that_many_share_is_named(tmp_path):
    guests = [f"g{i},0,2020-01-{1 + i % 28:02} 10:00,5" for i in range(40)]
    rows = [f"{i},c{i % 250},2020-01-{1 + i % 28:02} 10:00,5" for i in range(500)]
    header = "order_id,customer_id,happened_at,amount"
    (finding,) = opened(tmp_path / "some", orders__csv="\n".join([header, *rows, *guests])).findings
    assert (finding.column, finding.count, finding.example) == ("customer_id", 40, "0")
    assert opened(tmp_path / "none", orders__csv="\n".join([header, *rows])).findings == ()


def test_orders_that_mostly_cost_nothing_are_pointed_out(tmp_path):
    free = "order_id,customer_id,happened_at,amount\n" + "".join(
        f"{i},c{i % 9},2020-01-{1 + i % 28:02},{0 if i % 3 else 5}\n" for i in range(60)
    )
    (found,) = opened(tmp_path, orders__csv=free).findings
    assert (found.column, found.count, found.severity) == ("amount", 40, "warning")
    assert opened(tmp_path / "other", orders__csv=free.replace(",0\n", ",7\n")).findings == ()
