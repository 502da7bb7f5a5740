"""Texts and ids as sources hold them, freed of what spreadsheets and floats put around them."""

from features.ingest.reading.once import once
from features.ingest.source.database import literal

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_BLANKS = " \t\r\n\u00a0\u202f\ufeff"
_ENDS = rf"^[{_BLANKS}='']|[{_BLANKS}='']$"  # signs that a value may have to be freed of, within a SQL literal
# Most ids and many texts are nothing but this, and stay as they are; one look tells, and no other is taken.
_BARE = "[0-9A-Za-z_-]+"


# Arabic, Persian and full-width digits, their signs, and marks of the direction of writing, which say nothing.
_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９"
_FOREIGN = r"[\x{660}-\x{66c}\x{6f0}-\x{6f9}\x{ff01}-\x{ff5e}\x{200e}\x{200f}\x{2066}-\x{2069}]"
_FROM = literal(_DIGITS + "٫٬．，：／－\u3000\u200e\u200f\u2066\u2067\u2068\u2069")
_TO = literal("0123456789" * 3 + ".,.,:/- ")

# An id of many digits as a spreadsheet shows it: all but the first few are lost.
CLIPPED = r"\d([.,]\d+)?[eE]\+\d{2}"


def is_text(kind: str) -> bool:
    return kind == "VARCHAR"


def is_number(kind: str) -> bool:
    return kind in _WHOLE or kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def trimmed(value: str) -> str:
    """SQL of a text without blanks around it, nor the signs by which spreadsheets keep it a text: ="1", '1."""
    return once(value, lambda text: _unless_bare(text, _trimmed(text)))


def _unless_bare(value: str, made: str) -> str:
    """SQL that takes the long way, `made`, only where a value is more than letters, digits, dash and underscore."""
    return f"CASE WHEN {value} IS NULL OR regexp_full_match({value}, '{_BARE}') THEN {value} ELSE {made} END"


def _trimmed(value: str) -> str:
    bare = f"trim({value}, {literal(_BLANKS)})"
    # No IN: of a long list DuckDB makes a join, which every value goes through whatever CASE says.
    return f"""CASE WHEN NOT regexp_matches({value}, '{_ENDS}') THEN {value}
        WHEN regexp_full_match({bare}, '="[^"]*"') THEN nullif(substr({bare}, 3, length({bare}) - 3), '')
        WHEN regexp_matches({bare}, '^''[0-9=+@-]') THEN substr({bare}, 2) ELSE nullif({bare}, '') END"""


def western(value: str) -> str:
    """SQL of a text with its digits and signs as English writes them: ٤٥٫٥ and ４５．５ are 45.5."""
    return once(value, _western)


def _western(value: str) -> str:
    foreign = f"regexp_matches({value}, {literal(_FOREIGN)})"
    return f"CASE WHEN {foreign} THEN translate({value}, {_FROM}, {_TO}) ELSE {value} END"


def id_text(value: str, kind: str) -> str:
    """SQL of an id: a whole number that went through a float on its way, 17850.0, is 17850."""
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        whole = f"CAST(TRY_CAST({value} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN {value} = trunc({value}) THEN {whole} ELSE CAST({value} AS VARCHAR) END"
    if is_text(kind):
        return once(value, lambda text: _unless_bare(text, once(_trimmed(text), _whole)))
    return f"CAST({value} AS VARCHAR)"


def _whole(bare: str) -> str:
    return f"CASE WHEN ends_with({bare}, '.0') THEN regexp_replace({bare}, '^(-?\\d+)\\.0$', '\\1') ELSE {bare} END"
