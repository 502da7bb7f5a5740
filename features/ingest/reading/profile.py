"""How a text column writes dates and numbers: decided for the whole column, so that no row decides for itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from features.ingest.reading.casts import given
from features.ingest.reading.moments import YEAR_FIRST, without_zone
from features.ingest.reading.normalised_view import Reading
from features.ingest.reading.numbers import COMMA_SEEN, GROUPED, POINT_SEEN, bare, digits
from features.ingest.reading.style import Style
from features.ingest.source.database import Database, identifier
from features.ingest.source.load import Raw

# A value's shape: each number a 9, each word an A. Only dates that are neither ISO 8601 nor mere digits have one.
_SHAPE = r"regexp_replace(regexp_replace(value, '[A-Za-z]+', 'A', 'g'), '\d+', '9', 'g')"
_FIRST, _SECOND, _THIRD = (
    rf"TRY_CAST(regexp_extract(value, '^(\d+)\D(\d+)\D(\d+)', {place}) AS INTEGER)" for place in (1, 2, 3)
)
_MANY_DAYS = 20  # a place that takes so many values, and another few, is the day; the other is the year
_WORDED = {
    "9-A-9": ("%d-%b-{y}", "%d-%B-{y}"),
    "9 A 9": ("%d %b {y}", "%d %B {y}"),
    "9 A, 9": ("%d %b, {y}", "%d %B, {y}"),
    "A 9, 9": ("%b %d, {y}", "%B %d, {y}"),
    "A 9 9": ("%b %d {y}", "%B %d {y}"),
    "A, 9 A 9": ("%a, %d %b {y}", "%A, %d %B {y}"),
}
_TIMES = {
    "": "", " 9:9": " %H:%M", " 9:9:9": " %H:%M:%S", " 9:9:9.9": " %H:%M:%S.%f",
    " 9:9 A": " %I:%M %p", " 9:9:9 A": " %I:%M:%S %p", " 9:9A": " %I:%M%p", ", 9:9": ", %H:%M",
}  # fmt: skip
_NUMBER = r"^[+\-−–﹣－(]{0,2}[\d.,]*\d[\d.,]*[-−)]?$"  # what is left of an amount without currency and spaces
# Shapes of a long column are read off a part of it, chosen by value so that the rows' order does not matter.
_ENOUGH = 200_000


@dataclass(frozen=True)
class DateStyle:
    """How one text column writes its dates.

    Attributes
    ----------
    style : Style
    ambiguous : int     rows looked at that read day first or month first, where nothing in the column decides
    """

    style: Style
    ambiguous: int


@dataclass(frozen=True)
class NumberStyle:
    """How one text column writes its numbers.

    Attributes
    ----------
    style : Style
    reading : Reading or None       whole or number if most values are; None for a text, such as a code
    ambiguous : int                 values such as 1.250 where nothing decides whether a thousand is meant
    """

    style: Style
    reading: Reading | None
    ambiguous: int = 0


@dataclass(frozen=True)
class SourceProfile:
    """What a source's text columns look like, each looked at once."""

    database: Database
    raw: Raw
    _dates: dict[str, DateStyle] = field(default_factory=dict)
    _numbers: dict[str, NumberStyle] = field(default_factory=dict)

    def picked(self, **columns: str) -> str:
        """A relation of expressions over the source's columns, by names that none of its columns can be taken for."""
        named = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        return f"(SELECT {named} FROM {self.raw.relation})"

    def dates(self, column: str) -> DateStyle:
        """A first number above 12 in any row means day first, a second above 12 month first."""
        if column not in self._dates:
            self._dates[column] = self.dates_of(self._values(column))
        return self._dates[column]

    def numbers(self, column: str) -> NumberStyle:
        """Whether a comma parts whole from fraction (1.234,50) or thousands (1,234.50); whether numbers are meant."""
        if column not in self._numbers:
            self._numbers[column] = self._number_style(column)
        return self._numbers[column]

    def _values(self, column: str) -> str:
        return f"(SELECT {given(identifier(column), 'VARCHAR')} AS value FROM {self.raw.relation})"

    def dates_of(self, values: str) -> DateStyle:
        """As `dates`, for the column `value` of a relation: what an expression makes of several columns."""
        part = f"hash(value) % {max(1, self.raw.rows // _ENOUGH)} = 0"
        shapes = self.database.rows(
            f"""
            SELECT {_SHAPE} AS shape, regexp_matches(value, '\\d{{4}}') AS long, count(*), max({_FIRST}),
                   max({_SECOND}), max({_THIRD}), max({_FIRST}) - min({_FIRST}), max({_THIRD}) - min({_THIRD})
            FROM (SELECT {without_zone("trim(value)")} AS value FROM {values} WHERE {part})
            WHERE NOT regexp_matches(value, '{YEAR_FIRST}') AND NOT regexp_full_match(value, '\\d+')
            GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 200
            """
        )
        numeric = [shape for shape in shapes if shape[0].startswith(("9/9/9", "9-9-9", "9.9.9"))]
        first = max((shape[3] or 0 for shape in numeric), default=0)
        second = max((shape[4] or 0 for shape in numeric), default=0)
        dotted = any(shape[0].startswith("9.") for shape in numeric)
        day_first = first > 12 or (second <= 12 and dotted)
        undecided = numeric and max(first, second) <= 12 and not dotted
        year_first = _years_first([shape for shape in numeric if not shape[1]])
        undecided = undecided and not year_first
        formats = (
            form
            for shape, long, *_ in shapes
            for form in _formats(shape, "%Y" if long else "%y", day_first, year_first and not long)
        )
        style = Style(formats=tuple(dict.fromkeys(formats)))
        return DateStyle(style, sum(shape[2] for shape in numeric) if undecided else 0)

    def _number_style(self, column: str) -> NumberStyle:
        values = f"""(SELECT value, {bare("value")} AS bare, {digits(bare("value"))} AS digits,
                      TRY_CAST(value AS DOUBLE) AS number FROM {self._values(column)})"""
        filled, plain, whole, zeros, numbers, commas, points, grouped, ungrouped = self.database.row(
            f"""
            SELECT count(value), count(number), count(*) FILTER (number = trunc(number)),
                   count(*) FILTER (value LIKE '0_%' AND value NOT LIKE '0.%' AND value NOT LIKE '0,%'),
                   count(*) FILTER (regexp_matches(bare, '{_NUMBER}')),
                   count(*) FILTER (regexp_matches(digits, '{COMMA_SEEN}')),
                   count(*) FILTER (regexp_matches(digits, '{POINT_SEEN}')),
                   count(*) FILTER (regexp_matches(digits, '{GROUPED}')),
                   count(*) FILTER (regexp_full_match(digits, '\\d{{4,}}|.*\\.(\\d{{0,2}}|\\d{{4,}})|0\\..*'))
            FROM {values}
            """
        )
        reading: Reading = "whole" if whole == plain else "number"
        # 1.250 beside 980 is a thousand and more: every point has three digits behind it, and no number of four
        # digits goes without one.
        thousands = bool(grouped and not points and not ungrouped and numbers > grouped)
        if plain == filled and not thousands:
            doubtful = grouped if grouped == numbers else 0
            return NumberStyle(Style(plain_numbers=True), None if zeros or not filled else reading, doubtful)
        likely = max(numbers, plain) * 2 > filled and not zeros
        meant: Reading = "number" if numbers > plain or thousands else reading
        return NumberStyle(Style(decimal_comma=commas > points or thousands), meant if likely else None)


def _years_first(shapes: Sequence[tuple[Any, ...]]) -> bool:
    """Whether dates with two digits a year begin with it: 26/03/01. The day takes many values, the year few."""
    if not shapes:
        return False
    first, second, third = (max(shape[place] or 0 for shape in shapes) for place in (3, 4, 5))
    if second > 12 or third > 31:
        return False
    return bool(first > 31 or max(s[7] or 0 for s in shapes) >= _MANY_DAYS > 2 * max(s[6] or 0 for s in shapes))


def _formats(shape: str, year: str, day_first: bool, year_first: bool) -> tuple[str, ...]:
    """strptime patterns for one shape; none if it is no date's."""
    for separator in "/-.":
        day = f"9{separator}9{separator}9"
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            parts = ("%d", "%m", year) if day_first else ("%m", "%d", year)
            parts = (year, "%m", "%d") if year_first else parts
            return (separator.join(parts) + _TIMES[shape[len(day) :]],)
    for day, patterns in _WORDED.items():
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            return tuple(pattern.format(y=year) + _TIMES[shape[len(day) :]] for pattern in patterns)
    return ()
