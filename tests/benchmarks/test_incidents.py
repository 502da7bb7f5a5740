"""The benchmark's judgement: an incident is named by what moved, where and when; one small world from end to end."""

from dataclasses import replace
from datetime import datetime

from benchmarks.incidents import first_page, is_weather, names, shared_days
from insights.episodes.episodes import Episode

TRUTH = {"kind": "payment_bug", "begin": "2024-11-04", "end": "2024-11-18", "channel": "web", "device": "phone",
         "store": None, "department": None}  # fmt: skip


def told(what: str, since: int = 4, until: int = 18, **place: str) -> Episode:
    return Episode(
        what, place, datetime(2024, 11, since), datetime(2024, 11, until), 0.5, 0.1, 50, True, True, 40.0, None, 9.0
    )


def test_what_where_and_when_have_to_be_right() -> None:
    assert names(told("payment_failures", channel="web", device="phone"), TRUTH)
    assert names(told("payment_failures", 6, 18, channel="web", device="phone"), TRUTH)
    assert not names(told("payment_failures", 1, 3, channel="web", device="phone"), TRUTH)
    assert not names(told("payment_failures", channel="web", device="desktop"), TRUTH)
    assert not names(told("payment_failures", channel="web"), TRUTH)
    assert not names(told("traffic", channel="web", device="phone"), TRUTH)
    assert shared_days(told("steps", 11, 25), TRUTH) == 7 / 21


def test_a_department_has_to_be_said_if_only_by_what_was_sold() -> None:
    truth = TRUTH | {"kind": "stock_out", "channel": "store", "device": None, "department": "food"}
    shelf = told("reasons", reason="out_of_stock")
    assert not names(shelf, truth)
    assert names(replace(shelf, echo=told("lines", channel="store", department="food")), truth)
    assert not names(replace(shelf, echo=told("lines", channel="store", department="baby")), truth)


def test_slow_pages_are_the_worlds_own_only_where_they_were_slow() -> None:
    slow = told("reasons", reason="slow_page")
    assert is_weather(slow, {"slowness": [1.0] * 44 + [1.6] * 3 + [1.0] * 9})
    assert not is_weather(slow, {"slowness": [1.0] * 60})
    assert not is_weather(told("steps", step="cart"), {"slowness": [2.0] * 60})


def test_one_world_from_end_to_end() -> None:
    found, truth = first_page(7, 700, customers=1_000)
    assert truth["incident"]["kind"] == "consent_lost"
    assert any(names(one, truth["incident"]) for one in found)
