"""How a text column writes dates and numbers: decided for the whole column, so that no row decides for itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from features.ingest.reading.casts import cast, given
from features.ingest.reading.date_shapes import (
    NO_ORDER,
    DateShape,
    day_order,
    doubtful,
    formats_of,
    left_by_a_spreadsheet,
)
from features.ingest.reading.moments import YEAR_FIRST, without_zone
from features.ingest.reading.month_words import WORD, in_english, put
from features.ingest.reading.normalised_view import Reading
from features.ingest.reading.numbers import (
    COMMA_CLEAR,
    COMMA_GROUPED,
    COMMA_SEEN,
    DOTTED,
    GROUPED,
    POINT_CLEAR,
    POINT_SEEN,
    SPACED_COMMA,
    SPACED_POINT,
    UNSPLIT,
    bare,
    digits,
)  # fmt: skip
from features.ingest.reading.style import ISO, Style
from features.ingest.reading.texts import is_text, trimmed, western
from features.ingest.source.database import Database, identifier, literal
from features.ingest.source.load import Raw

# A value's shape: each number a 9, each word an A. Only dates that are neither ISO 8601 nor mere digits have one.
_SHAPE = r"regexp_replace(regexp_replace(value, '[A-Za-z]+', 'A', 'g'), '\d+', '9', 'g')"
_FIRST, _SECOND, _THIRD = (
    rf"TRY_CAST(regexp_extract(value, '^(\d+)\D(\d+)\D(\d+)', {place}) AS INTEGER)" for place in (1, 2, 3)
)
_MANY_ROUND = 20  # so many amounts, most of them in hundreds, are no accident
_NUMBER = r"^[+\-−–﹣－(]{0,2}[\d.,]*\d[\d.,]*[-−)]?$"  # what is left of an amount without currency and spaces
# Shapes of a long column are read off a part of it, chosen by value so that the rows' order does not matter.
_ENOUGH = 200_000


@dataclass(frozen=True)
class DateStyle:
    """How one text column writes its dates.

    Attributes
    ----------
    style : Style
    ambiguous : int     rows looked at that read another way too, where nothing in dates of their shape decides
    turned : int        of these, dates with the year in front that a spreadsheet of another country may have made
    """

    style: Style
    ambiguous: int
    turned: int = 0


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

    def moment(self, column: str) -> str:
        """SQL of a column's values as moments in UTC."""
        kind = self.raw.columns[column]
        style = self.dates(column).style if is_text(kind) else ISO
        return cast(given(identifier(column), kind), kind, "moment", "UTC", style)

    def dates(self, column: str) -> DateStyle:
        """A first number above 12 in any row means day first, a second above 12 month first."""
        if column not in self._dates:
            self._dates[column] = self.dates_of(f"(SELECT {trimmed('value')} AS value FROM {self._values(column)})")
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
        values = f"(SELECT {western('trim(value)')} AS value FROM {values})"
        part = f"hash(value) % {max(1, self.raw.rows // _ENOUGH)} = 0"
        found = self.database.rows(
            f"""SELECT DISTINCT unnest(regexp_extract_all(value, {literal(WORD)})) AS word FROM {values}
                WHERE {part} ORDER BY word LIMIT 200"""
        )
        words = in_english(word for (word,) in found)
        said = put(without_zone("value"), words)
        counted = self.database.rows(
            f"""
            SELECT {_SHAPE} AS shape, regexp_matches(value, '\\d{{4}}') AS long, count(*), max({_FIRST}),
                   max({_SECOND}), max({_THIRD}), max({_FIRST}) - min({_FIRST}), max({_THIRD}) - min({_THIRD}),
                   count(*) FILTER ({_FIRST} > 12), count(*) FILTER ({_SECOND} > 12),
                   count(*) FILTER ({_FIRST} <= 12 AND {_SECOND} <= 12 AND {_FIRST} <> {_SECOND})
            FROM (SELECT {said} AS value FROM {values} WHERE {part})
            WHERE NOT regexp_matches(value, '{YEAR_FIRST}') AND NOT regexp_full_match(value, '\\d+')
            GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 200
            """
        )
        day = r"TRY_CAST(regexp_extract(value, '^\d{4}[-/]\d+[-/](\d+)', 1) AS INTEGER)"
        whole, early = self.database.row(
            f"""SELECT count(*), count(*) FILTER ({day} <= 12)
                FROM {values} WHERE {part} AND regexp_matches(value, '{YEAR_FIRST}')"""
        )
        shapes = [DateShape.of_row(row) for row in counted]
        turned = whole if whole == early and left_by_a_spreadsheet(shapes) else 0
        return _dates_of(shapes, words, turned)

    def _number_style(self, column: str) -> NumberStyle:
        values = f"""(SELECT value, {bare("value")} AS bare, {digits(bare("value"))} AS digits,
                      TRY_CAST(value AS DOUBLE) AS number FROM {self._values(column)})"""
        commas_apart, points_apart = literal(SPACED_COMMA), literal(SPACED_POINT)
        filled, plain, whole, zeros, numbers, commas, points, grouped, ungrouped, by_comma, round_, dotted, unsplit = (
            self.database.row(
                f"""
            SELECT count(value), count(number), count(*) FILTER (number = trunc(number)),
                   count(*) FILTER (value LIKE '0_%' AND value NOT LIKE '0.%' AND value NOT LIKE '0,%'),
                   count(*) FILTER (regexp_matches(bare, '{_NUMBER}')),
                   count(*) FILTER (regexp_matches(digits, '{COMMA_SEEN}') OR regexp_matches(value, {commas_apart})),
                   count(*) FILTER (regexp_matches(digits, '{POINT_SEEN}') OR regexp_matches(value, {points_apart})),
                   count(*) FILTER (regexp_matches(digits, '{GROUPED}')),
                   count(*) FILTER (regexp_full_match(digits, '\\d{{4,}}|.*\\.(\\d{{0,2}}|\\d{{4,}})|0\\..*')),
                   count(*) FILTER (regexp_matches(digits, '{COMMA_GROUPED}')),
                   count(*) FILTER (regexp_matches(digits, '{GROUPED}') AND ends_with(digits, '00')),
                   count(*) FILTER (regexp_matches(value, '{DOTTED}')),
                   count(*) FILTER (regexp_matches(value, '{UNSPLIT}'))
            FROM {values}
            """
            )
        )
        reading: Reading = "whole" if whole == plain else "number"
        # 1.250 beside 980 is a thousand and more: every point has three digits behind it, and no number of four
        # digits goes without one. So it is where most end in hundreds, or a sign of money goes with such points.
        telling = numbers > grouped or 2 * dotted > grouped or (grouped >= _MANY_ROUND and 2 * round_ > grouped)
        thousands = bool(grouped and not points and not ungrouped and telling)
        if plain == filled and not thousands:
            doubtful = grouped if grouped == numbers else 0
            return NumberStyle(Style(plain_numbers=True), None if zeros or not filled else reading, doubtful)
        likely = max(numbers, plain) * 2 > filled and not zeros
        meant: Reading = "number" if numbers > plain or thousands else reading
        by_others = bool(not commas and not points and by_comma == numbers and self._others_have_decimal_commas())
        # One sign with three digits behind it throughout: a thousand and more, or a fraction in thousandths.
        open_points = grouped == numbers and not thousands
        open_commas = by_comma == numbers and not by_others and 2 * unsplit <= by_comma
        doubtful = numbers if not commas and not points and (open_points or open_commas) else 0
        style = Style(decimal_comma=commas > points or thousands or by_others)
        return NumberStyle(style, meant if likely else None, doubtful)

    def _others_have_decimal_commas(self) -> bool:
        """1,000 throughout is one piece where the prices beside it are written 12,50."""
        texts = [identifier(name) for name, kind in self.raw.columns.items() if is_text(kind)]
        told = [
            f"count(*) FILTER (regexp_matches({digits(bare(name))}, '{pattern}'))"
            for pattern in (COMMA_CLEAR, POINT_CLEAR)
            for name in texts
        ]
        found = self.database.row(f"SELECT {', '.join(told)} FROM {self.raw.relation}")
        return bool(sum(found[: len(texts)]) > sum(found[len(texts) :]))


def _dates_of(shapes: Sequence[DateShape], words: tuple[tuple[str, str], ...], turned: int) -> DateStyle:
    """How dates of these shapes are read, and how many could be read otherwise."""
    signs = {sign: [s for s in shapes if s.shape.startswith(f"9{sign}9{sign}9")] for sign in "/-."}
    orders = {sign: day_order(alike, sign) for sign, alike in signs.items()}
    decided = [order for order in orders.values() if order.evident]
    formats: list[str] = []
    doubts = 0
    for one in shapes:
        order = orders.get(one.shape[1:2], NO_ORDER)
        day_first = order.day_first if order.evident or not decided else decided[0].day_first
        year = "%Y" if one.long else "%y"
        formats += formats_of(one.shape, year, day_first, order.year_first and not one.long)
        if order.mixed:
            formats += formats_of(one.shape, year, not day_first, False)
        doubts += doubtful(one, order) if formats_of(one.shape, year, day_first, False) else 0
    mixed = any(order.mixed for order in orders.values())
    style = Style(formats=tuple(dict.fromkeys(formats)), words=words, mixed=mixed)
    return DateStyle(style, doubts + turned, turned)
