"""How dates of one shape are written: which place is the day, and the patterns that read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MANY_DAYS = 20  # a place that takes so many values, and another few, is the day; the other is the year
_ENOUGH = 20  # of so many dates of one shape, some have a day above 12
_LEFT = 8  # so many dates without one that reads both ways are no chance
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
    "9.9": "%H.%M", "9.9.9": "%H.%M.%S", "9:9A": "%I:%M%p", "9:9:9A": "%I:%M:%S%p",
}  # fmt: skip
_TIMES = {"": "", ".": "."} | {
    before + shape: before + form for before in (" ", ", ", "T", ". ") for shape, form in _CLOCKS.items()
}
_COMPACT = {
    "9 9": ("%Y%m%d %H%M%S", "%Y%m%d %H%M"), "9A9": ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M"), "9A9.9": ("%Y%m%dT%H%M%S.%f",),
    "9 9:9": ("%Y%m%d %H:%M",), "9 9:9:9": ("%Y%m%d %H:%M:%S",),
}  # fmt: skip


@dataclass(frozen=True)
class DateShape:
    """The dates of a column that are written alike, counted.

    Attributes
    ----------
    shape : str                 each number a 9, each word an A
    long : bool                 four digits a year
    rows : int
    largest : tuple of int      of the first, the second and the third number; None where there is none
    spread : tuple of int       largest less smallest of the first and of the third
    above : tuple of int        rows with a first, and with a second number above 12
    either : int                rows that read both ways: both are at most 12, and they differ
    """

    shape: str
    long: bool
    rows: int
    largest: tuple[int | None, int | None, int | None] = (None, None, None)
    spread: tuple[int | None, int | None] = (None, None)
    above: tuple[int, int] = (0, 0)
    either: int = 0

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> "DateShape":
        """From the columns that profile.py counts, in this order."""
        shape, long, rows, *rest = row
        return cls(shape, long, rows, tuple(rest[:3]), tuple(rest[3:5]), tuple(rest[5:7]), rest[7])


@dataclass(frozen=True)
class DayOrder:
    """What the dates with one sign between their numbers show.

    Attributes
    ----------
    seen, evident : bool    there are such dates; a number above 12, or the sign, tells the day from the month
    day_first, year_first : bool
    mixed : bool            some have a day in front, others behind the month
    """

    seen: bool = False
    evident: bool = False
    day_first: bool = False
    year_first: bool = False
    mixed: bool = False


NO_ORDER = DayOrder()


def day_order(shapes: Sequence[DateShape], sign: str) -> DayOrder:
    """A first number above 12 in any row means day first, a second above 12 month first; points stand behind days."""
    if not shapes:
        return NO_ORDER
    short = [shape for shape in shapes if not shape.long]
    years = _years_first(short)
    firsts = sum(shape.above[0] for shape in shapes if shape.long or not years)
    seconds = sum(shape.above[1] for shape in shapes)
    day_first = firsts > seconds or (not seconds and sign == ".")
    evident = bool(seconds or sign == "." or (firsts and not _either_end_the_year(short)))
    return DayOrder(True, evident, day_first, years, bool(firsts and seconds))


def doubtful(shape: DateShape, order: DayOrder) -> int:
    """How many dates of one shape could be read another way, as far as dates of that very shape tell.

    What other shapes show is no proof: they may come from another program. Nor is much shown by a few dates.
    """
    if not order.seen:
        return 0
    few = shape.rows < _ENOUGH
    if not shape.long and (few or (not order.year_first and _either_end_the_year([shape]))):
        return shape.rows
    if order.year_first and not shape.long:
        return 0
    told = any(shape.above) or shape.shape[1:2] == "."
    return shape.either if few or order.mixed or not told else 0


def left_by_a_spreadsheet(shapes: Sequence[DateShape]) -> bool:
    """Whether dates with a sign between their numbers all have one above 12.

    A spreadsheet of another country takes 3/4 for the 4th of March, shows it its own way, and leaves 13/4, which it
    cannot read, as it is.
    """
    left = [shape for shape in shapes if shape.shape[1:2] in ("/", "-", ".")]
    rows = sum(shape.rows for shape in left)
    return rows >= _LEFT and sum(sum(shape.above) for shape in left) == rows


def _years_first(shapes: Sequence[DateShape]) -> bool:
    """Whether dates with two digits a year begin with it: 26/03/01. The day takes many values, the year few."""
    if not shapes:
        return False
    first, second, third = _largest(shapes)
    if second > 12 or third > 31:
        return False
    begins, ends = _spread(shapes)
    return bool(first > 31 or ends >= _MANY_DAYS > 2 * begins)


def _either_end_the_year(shapes: Sequence[DateShape]) -> bool:
    """Whether 15/01/01 may be of 2001 as of 2015: neither end is too large for a day, nor do days vary in front."""
    if not shapes:
        return False
    first, second, third = _largest(shapes)
    if first > 31 or second > 12 or third > 31:
        return False
    begins, ends = _spread(shapes)
    return not begins >= _MANY_DAYS > 2 * ends


def _largest(shapes: Sequence[DateShape]) -> tuple[int, int, int]:
    first, second, third = (max(shape.largest[place] or 0 for shape in shapes) for place in range(3))
    return first, second, third


def _spread(shapes: Sequence[DateShape]) -> tuple[int, int]:
    begins, ends = (max(shape.spread[place] or 0 for shape in shapes) for place in range(2))
    return begins, ends


def formats_of(shape: str, year: str, day_first: bool, year_first: bool) -> tuple[str, ...]:
    """strptime patterns for one shape; none if it is no date's."""
    if shape in _COMPACT:
        return _COMPACT[shape]
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
