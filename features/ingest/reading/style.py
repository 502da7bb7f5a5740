"""What a text column's values mean where they could mean more than one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """What a text column's values mean where they could mean more than one thing, as profile.py finds out.

    Attributes
    ----------
    formats : tuple of str      strptime patterns of dates that are neither ISO 8601 nor mere digits
    words : tuple of pairs      words of dates that are not English, and what to put for each
    mixed : bool                day first and month first both occur among dates that are written alike
    decimal_comma : bool        1.234,50 instead of 1,234.50
    plain_numbers : bool        every value is a number as it stands
    """

    formats: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    mixed: bool = False
    decimal_comma: bool = False
    plain_numbers: bool = False


ISO = Style()
