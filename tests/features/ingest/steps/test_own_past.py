"""Months unlike the shop's own are named; a season is not."""

import pytest

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


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (month(9, amount=1000.0), "times the usual amount, in 2025-09"),
        (month(9, who=lambda order: "" if order % 2 else f"c{order % 20}"), "50% of orders nobody's where 0% is usual"),
        (month(9, who=lambda order: "8613"), "far more orders a customer than usual, in 2025-09"),
    ],
)
def test_an_odd_month_is_named(odd, words, tmp_path):
    assert any(words in reason for reason in said(tmp_path, *USUAL, odd, month(10)))


def test_a_month_that_is_mostly_missing_is_named(tmp_path):
    found = said(tmp_path, *USUAL[:4], month(5, orders=6), *USUAL[5:])
    assert any("only 6 orders in 2025-05, between 40 and 40" in reason for reason in found)


def test_a_season_is_not(tmp_path):
    season = [month(place, orders=40 * size) for place, size in enumerate((1, 1, 2, 3, 4, 3, 2, 1, 1), start=1)]
    assert said(tmp_path, *season) == []
