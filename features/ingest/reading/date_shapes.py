"""How dates of one shape are written: which place is the day, and the patterns that read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MANY_DAYS = 20  # a place that takes so many values, and another few, is the day; the other is the year
_WORDED = {
    "9-A-9": ("%d-%b-{y}", "%d-%B-{y}"),
    "A-9-9": ("%b-%d-{y}", "%B-%d-{y}"),
    "9 A 9": ("%d %b {y}", "%d %B {y}"),
    "9. A 9": ("%d. %b {y}", "%d. %B {y}"),
    "9 A, 9": ("%d %b, {y}", "%d %B, {y}"),
    "A 9, 9": ("%b %d, {y}", "%B %d, {y}"),
    "A 9 9": ("%b %d {y}", "%B %d {y}"),
    "A, 9 A 9": ("%a, %d %b {y}", "%A, %d %B {y}", "%A, %d %b {y}"),
    "A, A 9, 9": ("%a, %b %d, {y}", "%A, %B %d, {y}", "%A, %b %d, {y}"),
}
_CLOCKS = {
    "9:9": "%H:%M", "9:9:9": "%H:%M:%S", "9:9:9.9": "%H:%M:%S.%f", "9:9 A": "%I:%M %p", "9:9:9 A": "%I:%M:%S %p",
    "9:9A": "%I:%M%p", "9:9:9A": "%I:%M:%S%p",
}  # fmt: skip
_TIMES = {"": ""} | {before + shape: before + form for before in (" ", ", ", "T") for shape, form in _CLOCKS.items()}
_COMPACT = {"9 9": "%Y%m%d %H%M%S", "9A9": "%Y%m%dT%H%M%S", "9 9:9": "%Y%m%d %H:%M", "9 9:9:9": "%Y%m%d %H:%M:%S"}


@dataclass(frozen=True)
class DayOrder:
    """What the dates with one sign between their numbers show.

    Attributes
    ----------
    seen, evident : bool    there are such dates; a number above 12, or the sign, tells the day from the month
    day_first, year_first : bool
    mixed : bool            some have a day in front, others behind the month
    either : int            dates that read both ways, where they are mixed
    """

    seen: bool = False
    evident: bool = False
    day_first: bool = False
    year_first: bool = False
    mixed: bool = False
    either: int = 0


NO_ORDER = DayOrder()


def day_order(shapes: Sequence[tuple[Any, ...]], sign: str) -> DayOrder:
    """A first number above 12 in any row means day first, a second above 12 month first; points stand behind days.

    Parameters
    ----------
    shapes : sequence of tuples     (shape, four digits a year, rows, largest of each number, spread of the first and
                                    of the third, rows with a first, and with a second number above 12)
    """
    if not shapes:
        return NO_ORDER
    short = [shape for shape in shapes if not shape[1]]
    years = _years_first(short)
    firsts = sum(shape[8] for shape in shapes if shape[1] or not years)
    seconds = sum(shape[9] for shape in shapes)
    rows = sum(shape[2] for shape in shapes)
    mixed = bool(firsts and seconds)
    day_first = firsts > seconds or (not seconds and sign == ".")
    evident = bool(seconds or sign == "." or (firsts and not _either_end_the_year(short)))
    return DayOrder(True, evident, day_first, years, mixed, rows - firsts - seconds if mixed else 0)


def _years_first(shapes: Sequence[tuple[Any, ...]]) -> bool:
    """Whether dates with two digits a year begin with it: 26/03/01. The day takes many values, the year few."""
    if not shapes:
        return False
    first, second, third = (max(shape[place] or 0 for shape in shapes) for place in (3, 4, 5))
    if second > 12 or third > 31:
        return False
    return bool(first > 31 or max(s[7] or 0 for s in shapes) >= _MANY_DAYS > 2 * max(s[6] or 0 for s in shapes))


def _either_end_the_year(shapes: Sequence[tuple[Any, ...]]) -> bool:
    """Whether 15/01/01 may be of 2001 as of 2015: neither end is too large for a day, nor do days vary in front."""
    if not shapes:
        return False
    first, second, third = (max(shape[place] or 0 for shape in shapes) for place in (3, 4, 5))
    if first > 31 or second > 12 or third > 31:
        return False
    return not max(s[6] or 0 for s in shapes) >= _MANY_DAYS > 2 * max(s[7] or 0 for s in shapes)


def formats_of(shape: str, year: str, day_first: bool, year_first: bool) -> tuple[str, ...]:
    """strptime patterns for one shape; none if it is no date's."""
    if shape in _COMPACT:
        return (_COMPACT[shape],)
    for sign in "/-.":
        day = f"9{sign}9{sign}9"
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            parts = ("%d", "%m", year) if day_first else ("%m", "%d", year)
            parts = (year, "%m", "%d") if year_first else parts
            return (sign.join(parts) + _TIMES[shape[len(day) :]],)
    for day, patterns in _WORDED.items():
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            return tuple(pattern.format(y=year) + _TIMES[shape[len(day) :]] for pattern in patterns)
    return ()
