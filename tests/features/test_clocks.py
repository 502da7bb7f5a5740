"""Days, dates and midnights as a person types them."""

import doctest
from datetime import date

import pytest

from features import clocks
from features.clocks import add_days, midnights, parse_date, parse_days
from features.errors import CutoffError


def test_examples_in_docstrings_hold():
    assert doctest.testmod(clocks).failed == 0


@pytest.mark.parametrize("text", ["", "28h", "-3d", "0d", "3.5", "soon", True])
def test_a_length_that_is_no_whole_number_of_days_is_named(text):
    with pytest.raises(CutoffError, match=r"is no length of time\. Give whole days or weeks"):
        parse_days(text)


@pytest.mark.parametrize("given", ["2018-01-01", " 2018-01-01 ", date(2018, 1, 1), "2018-01-01 00:00"])
def test_a_date_is_the_midnight_it_begins_with(given):
    assert parse_date(given).isoformat() == "2018-01-01T00:00:00"


@pytest.mark.parametrize("text", ["2018-01-01 08:00", "2018-01-01T00:00+08:00"])
def test_a_cutoff_between_midnights_or_with_a_zone_is_refused_with_the_remedy(text):
    with pytest.raises(CutoffError, match="Give the date alone: 2018-01-01"):
        parse_date(text)


def test_a_date_that_is_none_is_named():
    with pytest.raises(CutoffError, match=r"'31\.12\.2017' is no date"):
        parse_date("31.12.2017")


def test_weekly_cutoffs_end_with_the_last_and_never_pass_the_first():
    first, last = parse_date("2017-05-01"), parse_date("2017-09-04")
    cutoffs = midnights(first, last)
    assert cutoffs[-1] == last
    assert cutoffs[0] >= first > add_days(cutoffs[0], -7)
