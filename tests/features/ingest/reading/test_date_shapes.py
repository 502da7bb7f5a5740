"""Which place of a date is the day: told by numbers above 12, by points, by what takes many values."""

import pytest

from features.ingest.reading.date_shapes import DateShape, day_order, doubtful, formats_of, left_by_a_spreadsheet


def shape(text="9/9/9", long=True, rows=100, largest=(12, 12, 2026), spread=(11, 1), above=(0, 0), either=40):
    return DateShape(text, long, rows, largest, spread, above, either)


def test_a_first_number_above_twelve_is_a_day():
    order = day_order([shape(above=(40, 0))], "/")
    assert order.evident and order.day_first and not order.mixed


def test_both_above_twelve_are_two_ways_and_what_reads_both_ways_is_counted():
    one = shape(above=(40, 10))
    order = day_order([one], "/")
    assert order.mixed and order.day_first and doubtful(one, order) == 40


def test_points_stand_behind_days_and_slashes_say_nothing():
    assert day_order([shape("9.9.9")], ".").day_first
    assert not day_order([shape()], "/").evident


def test_years_of_two_digits_may_come_first():
    order = day_order([shape(long=False, largest=(26, 12, 31), spread=(1, 30), above=(100, 0))], "/")
    assert order.year_first and not order.mixed


def test_days_that_another_shape_shows_are_no_proof():
    british, american = shape("9/9/9 9:9", above=(60, 0)), shape("9/9/9 9:9 A", rows=30, either=25)
    order = day_order([british, american], "/")
    assert order.evident and order.day_first
    assert (doubtful(british, order), doubtful(american, order)) == (0, 25)


def test_a_few_dates_show_little():
    few = shape(rows=12, above=(8, 0), either=3)
    assert doubtful(few, day_order([few], "/")) == 3
    few = shape(rows=12, long=False, largest=(26, 12, 31), spread=(1, 30), above=(12, 0), either=0)
    assert doubtful(few, day_order([few], "/")) == 12


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("9/9/9 9:9", "%d/%m/%Y %H:%M"), ("9/9/9, 9:9:9", "%d/%m/%Y, %H:%M:%S"), ("A 9, 9 9:9 A", "%b %d, %Y %I:%M %p"),
        ("9. A 9 9:9", "%d. %b %Y %H:%M"), ("A-9-9", "%b-%d-%Y"), ("9 9", "%Y%m%d %H%M%S"),
        ("9A9", "%Y%m%dT%H%M"),
    ],
)  # fmt: skip
def test_a_shape_has_its_pattern(text, form):
    assert form in formats_of(text, "%Y", True, False)


def test_what_is_no_date_has_none():
    assert formats_of("A 9 A", "%Y", True, False) == ()


def test_dates_without_one_that_reads_both_ways_were_left_by_a_spreadsheet():
    assert left_by_a_spreadsheet([shape("9/9/9 9:9", rows=12, above=(12, 0))])
    assert not left_by_a_spreadsheet([shape("9/9/9 9:9", rows=12, above=(11, 0))])
    assert not left_by_a_spreadsheet([])
