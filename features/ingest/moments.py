"""How a text column writes its dates: decided for the whole column, so that no row decides for itself."""

from dataclasses import dataclass

from features.ingest.casts import DAY_FIRST, MONTH_FIRST, SHORT_YEAR, given
from features.ingest.database import Database, identifier

_DAY = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(\D|$)"


@dataclass(frozen=True)
class DateStyle:
    """How day, month and year follow each other in one text column.

    Attributes
    ----------
    formats : tuple of str      strptime patterns for dates that are not ISO 8601, separators as dashes
    ambiguous : int             rows that could be read day first or month first, where nothing in the column decides
    """

    formats: tuple[str, ...] = ()
    ambiguous: int = 0


def date_style(database: Database, relation: str, column: str) -> DateStyle:
    """Look at the whole column: a first number above 12 means day first, a second above 12 month first."""
    value = given(identifier(column), "VARCHAR")
    part = [f"regexp_extract(value, '{_DAY}', {place})" for place in (1, 2, 3)]
    count, first, second, dotted, long = database.row(
        f"""
        SELECT count(*), max({part[0]}::INT), max({part[1]}::INT), bool_or(contains(value, '.')),
               bool_or(length({part[2]}) = 4)
        FROM (SELECT {value} AS value FROM {relation}) WHERE regexp_matches(value, '{_DAY}')
        """
    )
    if not count:
        return DateStyle()
    day_first = first > 12 or (second <= 12 and dotted)
    style = DAY_FIRST if day_first else MONTH_FIRST
    short = SHORT_YEAR[1] if day_first else SHORT_YEAR[0]
    decided = first > 12 or second > 12 or dotted
    return DateStyle(style if long else short, 0 if decided else count)
