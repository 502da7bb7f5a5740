"""Months unlike the shop's own are named; a season is not."""

import pytest

from features.ingest.steps import own_past
from tests.features.ingest.exports import HEADER, opened


def month(place, orders=40, amount=10.0, who=lambda order: f"c{order % 20}"):
    day = f"2025-{place:02}-{{:02}}"
    return [
        f"{place}-{order},{who(order)},{day.format(1 + order % 28)},{amount + order % 3}" for order in range(orders)
    ]


def said(tmp_path, *months):
    lines = [line for one in months for line in one]
    shop = opened(tmp_path, orders__csv="\n".join([HEADER, *lines]) + "\n")
    return [finding.reason for finding in shop.findings]


USUAL = [month(place) for place in range(1, 9)]


LATER = [month(10), month(11)]
ODD = {
    "_amounts": ([*USUAL, month(9, amount=1000.0), *LATER], "times the usual amount, in 2025-09"),
    "_guests": (
        [*USUAL, month(9, who=lambda order: "" if order % 2 else f"c{order % 20}"), *LATER],
        "50% of orders nobody's where 0% is usual",
    ),
    "_crowd": ([*USUAL, month(9, who=lambda order: "c7"), *LATER], "far more orders a customer than usual, in 2025-09"),
    "_strangers": (
        [
            *USUAL,
            month(9, who=lambda order: f"n{order % 20}"),
            month(10, who=lambda order: f"n{order % 20}"),
            month(11),
        ],
        "100% of customers never seen before where 0% is usual, in 2025-09",
    ),
    "_emptied": ([*USUAL[:4], month(5, orders=6), *USUAL[5:]], "only 6 orders in 2025-05, between 40 and 40"),
}


@pytest.mark.parametrize("check", ODD)
def test_an_odd_month_is_named_by_its_own_check_alone(check, tmp_path, monkeypatch):
    months, words = ODD[check]
    assert any(words in reason for reason in said(tmp_path / "on", *months))
    monkeypatch.setattr(own_past, check, lambda *_: [])
    assert not any(words in reason for reason in said(tmp_path / "off", *months))


def test_a_month_whose_states_are_written_anew_is_named(tmp_path, monkeypatch):
    states = [("off" if order % 10 == 0 else "done") for order in range(40)]
    anew = ["off" if order % 2 else "done" for order in range(40)]
    lines = [
        f"{line},{(anew if place == 7 else states)[at]}"
        for place in range(1, 10)
        for at, line in enumerate(month(place))
    ]
    toml = '[orders]\nsource = "o.csv"\nwhere = "state <> \'off\'"\n'
    words = "50% of rows left out by where in 2025-07, and 10% is usual"

    def told(name):
        shop = opened(tmp_path / name, o__csv="\n".join([f"{HEADER},state", *lines]) + "\n", shop__toml=toml)
        return any(words in finding.reason for finding in shop.findings)

    assert told("on")
    monkeypatch.setattr(own_past, "_called_off", lambda *_: [])
    assert not told("off")


def test_a_season_is_not(tmp_path):
    season = [month(place, orders=40 * size) for place, size in enumerate((1, 1, 2, 3, 4, 3, 2, 1, 1), start=1)]
    assert said(tmp_path, *season) == []
