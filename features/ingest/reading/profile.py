"""How a text column writes dates and numbers: decided for the whole column, so that no row decides for itself."""

from dataclasses import dataclass, field

from features.ingest.reading.casts import YEAR_FIRST, Style, given
from features.ingest.reading.normalised_view import Reading
from features.ingest.source.database import Database, identifier
from features.ingest.source.load import Raw

# A value's shape: each number a 9, each word an A. Only dates that are neither ISO 8601 nor mere digits have one.
_SHAPE = r"regexp_replace(regexp_replace(value, '[A-Za-z]+', 'A', 'g'), '\d+', '9', 'g')"
_FIRST, _SECOND = (rf"TRY_CAST(regexp_extract(value, '^(\d+)\D(\d+)\D', {place}) AS INTEGER)" for place in (1, 2))
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
_COMMA = r"^\D*(\d{1,3}(\.\d{3})+|\d+),\d{1,2}\D*$|\.\d{3},"
_POINT = r"\.\d{1,2}\D*$|,\d{3}\."
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
    """

    style: Style
    reading: Reading | None


@dataclass(frozen=True)
class Profile:
    """What a source's text columns look like, each looked at once."""

    database: Database
    raw: Raw
    _dates: dict[str, DateStyle] = field(default_factory=dict)
    _numbers: dict[str, NumberStyle] = field(default_factory=dict)

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
            SELECT {_SHAPE} AS shape, regexp_matches(value, '\\d{{4}}') AS long, count(*), max({_FIRST}), max({_SECOND})
            FROM (SELECT trim(value) AS value FROM {values} WHERE {part})
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
        formats = (form for shape, long, *_ in shapes for form in _formats(shape, "%Y" if long else "%y", day_first))
        style = Style(formats=tuple(dict.fromkeys(formats)))
        return DateStyle(style, sum(shape[2] for shape in numeric) if undecided else 0)

    def _number_style(self, column: str) -> NumberStyle:
        filled, plain, whole, zeros = self.database.row(
            f"""
            SELECT count(value), count(number), count(*) FILTER (number = trunc(number)),
                   count(*) FILTER (value LIKE '0_%' AND value NOT LIKE '0.%' AND value NOT LIKE '0,%')
            FROM (SELECT value, TRY_CAST(value AS DOUBLE) AS number FROM {self._values(column)})
            """
        )
        reading: Reading = "whole" if whole == plain else "number"
        if plain == filled:
            return NumberStyle(Style(plain_numbers=True), None if zeros or not filled else reading)
        signed, commas, points = self.database.row(
            f"""
            SELECT count(*) FILTER (regexp_matches(value, '^\\D{{0,3}}[\\d.,]+\\D{{0,3}}$')),
                   count(*) FILTER (regexp_matches(value, '{_COMMA}')),
                   count(*) FILTER (regexp_matches(value, '{_POINT}'))
            FROM {self._values(column)}
            """
        )
        likely = max(signed, plain) * 2 > filled and not zeros
        meant: Reading = "number" if signed > plain else reading
        return NumberStyle(Style(decimal_comma=commas > points), meant if likely else None)


def _formats(shape: str, year: str, day_first: bool) -> tuple[str, ...]:
    """strptime patterns for one shape; none if it is no date's."""
    for separator in "/-.":
        day = f"9{separator}9{separator}9"
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            parts = ("%d", "%m", year) if day_first else ("%m", "%d", year)
            return (separator.join(parts) + _TIMES[shape[len(day) :]],)
    for day, patterns in _WORDED.items():
        if shape.startswith(day) and shape[len(day) :] in _TIMES:
            return tuple(pattern.format(y=year) + _TIMES[shape[len(day) :]] for pattern in patterns)
    return ()
