"""Feasts that move, by country: which are told apart, and how far a day is from them."""

from datetime import date

import numpy as np
import pytest

from features.feasts import from_feasts, known_countries, moveable_feasts

EPOCH = date(1970, 1, 1)


def number(*day):
    return (date(*day) - EPOCH).days


@pytest.mark.parametrize(
    ("country", "days"),
    [
        ("CN", [(2022, 2, 1), (2023, 1, 22), (2024, 2, 10)]),  # the lunar New Year
        ("DE", [(2022, 4, 15), (2023, 4, 7), (2024, 3, 29)]),  # Good Friday
        ("IN", [(2022, 10, 24), (2023, 11, 12), (2024, 10, 31)]),  # Diwali
    ],
)
def test_a_countrys_feast_falls_where_its_calendar_says(country, days):
    asked = {number(*day) for day in days}
    assert any(asked <= set(feast) for feast in moveable_feasts(country))


def test_ramadans_end_may_come_twice_a_year():
    ends = np.array(moveable_feasts("SA")[0])
    for day in (number(2000, 1, 8), number(2000, 12, 27)):
        assert np.abs(ends - day).min() <= 2
    assert np.median(np.diff(ends)) in (354, 355)


def test_holidays_of_one_feast_are_one():
    around = [day for feast in moveable_feasts("DE") for day in feast if abs(day - number(2024, 3, 31)) <= 5]
    assert around == [number(2024, 3, 29)]


@pytest.mark.parametrize("country", ["US", "JP", ""])
def test_a_weekday_of_a_month_an_election_and_a_new_emperor_are_no_moveable_feasts(country):
    assert moveable_feasts(country) == ()


def test_days_from_a_feast_are_counted_to_the_nearest():
    found = from_feasts(np.array([8.0, 10.0, 200.0, 390.0]), [(10, 400)])
    assert found[:, 0].tolist() == [-2.0, 0.0, 190.0, -10.0]
    assert from_feasts(np.array([8.0, 10.0]), ()).shape == (2, 0)


def test_countries_are_two_letters():
    assert {"CN", "DE", "US"} <= known_countries()
    assert all(len(code) == 2 for code in known_countries())
