"""Which place of a date is the day: told by numbers above 12, by points, by what takes many values."""

import pytest

from features.ingest.reading.date_shapes import day_order, formats_of


def shape(text="9/9/9", long=True, rows=100, largest=(12, 12, 2026), spread=(11, 1), above=(0, 0)):
    return (text, long, rows, *largest, *spread, *above)


def test_a_first_number_above_twelve_is_a_day():
    order = day_order([shape(above=(40, 0))], "/")
    assert order.evident and order.day_first and not order.mixed


def test_both_above_twelve_are_two_ways_and_what_reads_both_ways_is_counted():
    order = day_order([shape(above=(40, 10))], "/")
    assert order.mixed and order.day_first and order.either == 50


def test_points_stand_behind_days_and_slashes_say_nothing():
    assert day_order([shape("9.9.9")], ".").day_first
    assert not day_order([shape()], "/").evident


def test_years_of_two_digits_may_come_first():
    order = day_order([shape(long=False, largest=(26, 12, 31), spread=(1, 30), above=(100, 0))], "/")
    assert order.year_first and not order.mixed


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("9/9/9 9:9", "%d/%m/%Y %H:%M"), ("9/9/9, 9:9:9", "%d/%m/%Y, %H:%M:%S"), ("A 9, 9 9:9 A", "%b %d, %Y %I:%M %p"),
        ("9. A 9 9:9", "%d. %b %Y %H:%M"), ("A-9-9", "%b-%d-%Y"), ("9 9", "%Y%m%d %H%M%S"),
    ],
)  # fmt: skip
def test_a_shape_has_its_pattern(text, form):
    assert form in formats_of(text, "%Y", True, False)


def test_what_is_no_date_has_none():
    assert formats_of("A 9 A", "%Y", True, False) == ()
