"""How a text column writes dates and numbers: decided for the whole column, so that no row decides for itself."""

from dataclasses import dataclass

from features.ingest.casts import ISO, Style, given
from features.ingest.database import Database, identifier

_DAY = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(\D|$)"
_COMMA = r"^\D*(\d{1,3}(\.\d{3})+|\d+),\d{1,2}\D*$|\.\d{3},"
_POINT = r"\.\d{1,2}\D*$|,\d{3}\."


@dataclass(frozen=True)
class DateStyle:
    """How day and month follow each other in one text column.

    Attributes
    ----------
    style : Style
    ambiguous : int     rows that read either way, where nothing in the column decides
    """

    style: Style = ISO
    ambiguous: int = 0


def date_style(database: Database, relation: str, column: str) -> DateStyle:
    """Look at the whole column: a first number above 12 means day first, a second above 12 month first."""
    value = given(identifier(column), "VARCHAR")
    first, second = (f"regexp_extract(value, '{_DAY}', {place})::INT" for place in (1, 2))
    count, most_first, most_second, dotted = database.row(
        f"""
        SELECT count(*), max({first}), max({second}), bool_or(contains(value, '.'))
        FROM (SELECT {value} AS value FROM {relation}) WHERE regexp_matches(value, '{_DAY}')
        """
    )
    if not count:
        return DateStyle()
    day_first = most_first > 12 or (most_second <= 12 and dotted)
    decided = most_first > 12 or most_second > 12 or dotted
    return DateStyle(Style(day_first=day_first, month_first=not day_first), 0 if decided else count)


def number_style(database: Database, relation: str, column: str) -> Style:
    """Whether the column's comma parts whole from fraction (1.234,50) or thousands (1,234.50)."""
    value = given(identifier(column), "VARCHAR")
    commas, points = database.row(
        f"""
        SELECT count(*) FILTER (regexp_matches(value, '{_COMMA}')), count(*) FILTER (regexp_matches(value, '{_POINT}'))
        FROM (SELECT {value} AS value FROM {relation}) WHERE contains(value, ',')
           OR (contains(value, '.') AND TRY_CAST(value AS DOUBLE) IS NOT NULL)
        """
    )
    return Style(decimal_comma=commas > points)
