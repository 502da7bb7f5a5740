"""SQL that turns what sources hold into the canonical types; what cannot be read becomes NULL, never an error."""

from dataclasses import dataclass

from features.ingest.source.database import literal
from features.tables import Role

# How systems write "nothing" when they export text.
_NOTHING = ("", "NULL", "null", "Null", "NaN", "nan", "NAN", "NaT", "None", "none", "<NA>", "N/A", "n/a", "#N/A", "\\N")
_TRUE, _FALSE = ("true", "t", "1", "1.0", "yes", "y", "on"), ("false", "f", "0", "0.0", "no", "n", "off")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_EXACT = "DECIMAL(28, 10)"
_COMMA_NUMBER = r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?"
_THOUSANDS = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
_SERIAL, _DAY_ZERO = r"[2-6]\d{4}(\.\d+)?", "TIMESTAMP '1899-12-30'"  # days from 1954 to 2091
YEAR_FIRST = r"^\d{4}[-/]"
ZONED = r":\d{2}(\.\d+)?\s*(Z|UTC|[+-]\d{2}(:?\d{2})?)$"


@dataclass(frozen=True)
class Style:
    """What a text column's values mean where they could mean more than one thing, see profile.py.

    Attributes
    ----------
    formats : tuple of str      strptime patterns of dates that are neither ISO 8601 nor mere digits
    decimal_comma : bool        1.234,50 instead of 1,234.50
    plain_numbers : bool        every value is a number as it stands
    """

    formats: tuple[str, ...] = ()
    decimal_comma: bool = False
    plain_numbers: bool = False


ISO = Style()


def is_text(kind: str) -> bool:
    return kind == "VARCHAR"


def is_number(kind: str) -> bool:
    return kind in _WHOLE or kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def given(value: str, kind: str) -> str:
    """The value, NULL where the source holds nothing: blanks, NaN, the word null."""
    if is_text(kind):
        nothing = " OR ".join(f"{value} = {literal(word)}" for word in _NOTHING)
        return f"CASE WHEN strlen({value}) < 6 AND ({nothing}) THEN NULL ELSE {value} END"
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({value}) THEN {value} END"
    return value


def cast(value: str, kind: str, role: Role, timezone: str, style: Style = ISO) -> str:
    """SQL for `value` (as `given` returns it) in the canonical type of `role`.

    Parameters
    ----------
    value, kind : str           SQL and its DuckDB type
    timezone : str              the shop's; moments with a zone become its wall clock
    style : Style               how a text column writes dates and numbers
    """
    if kind == "BLOB":
        return cast(f"TRY(decode({value}))", "VARCHAR", role, timezone, style)
    if role == "id":
        return _id(value, kind)
    if role == "money":
        return f"TRY_CAST({number(value, kind, style)} AS DECIMAL(18, 4))"
    if role == "number":
        return _finite(f"TRY_CAST({number(value, kind, style)} AS DOUBLE)")
    if role == "flag":
        return _flag(value, kind)
    if role == "moment":
        return _moment(value, kind, timezone, style)
    return _trimmed(value) if is_text(kind) else f"CAST({value} AS VARCHAR)"


def number(value: str, kind: str, style: Style = ISO) -> str:
    """SQL of an exact or floating number; text may carry a currency sign and thousands."""
    if not is_text(kind):
        return f"TRY_CAST({value} AS TINYINT)" if kind == "BOOLEAN" else value
    if style.plain_numbers:
        return value
    bare = f"trim({value}, ' \u00a0€£$¥￥')"
    if style.decimal_comma:
        shape, plain = _COMMA_NUMBER, f"replace(replace({bare}, '.', ''), ',', '.')"
        return f"TRY_CAST(CASE WHEN regexp_full_match({bare}, '{shape}') THEN {plain} END AS {_EXACT})"
    plain = f"CASE WHEN regexp_full_match({bare}, '{_THOUSANDS}') THEN replace({bare}, ',', '') END"
    return f"COALESCE({', '.join(f'TRY_CAST({way} AS {_EXACT})' for way in (value, bare, plain))})"


def _trimmed(value: str) -> str:
    padded = f"starts_with({value}, ' ') OR ends_with({value}, ' ')"
    return f"CASE WHEN {padded} THEN nullif(trim({value}), '') ELSE {value} END"


def _finite(value: str) -> str:
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _id(value: str, kind: str) -> str:
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        whole = f"CAST(TRY_CAST({value} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN {value} = trunc({value}) THEN {whole} ELSE CAST({value} AS VARCHAR) END"
    if is_text(kind):
        # A number that went through a float on its way: 17850.0 is customer 17850.
        bare = _trimmed(value)
        return f"CASE WHEN ends_with({bare}, '.0') THEN regexp_replace({bare}, '^(-?\\d+)\\.0$', '\\1') ELSE {bare} END"
    return f"CAST({value} AS VARCHAR)"


def _flag(value: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return value
    word = f"lower(trim(CAST({value} AS VARCHAR)))"
    yes, no = (", ".join(literal(w) for w in words) for words in (_TRUE, _FALSE))
    return f"CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END"


def _moment(value: str, kind: str, timezone: str, style: Style) -> str:
    zone = literal(timezone)
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        return f"CAST(timezone({zone}, {value}) AS TIMESTAMP)"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"TRY_CAST({value} AS TIMESTAMP)"
    if is_text(kind):
        return _text_moment(value, zone, style)
    if is_number(kind):
        return _digits_moment(_id(value, kind), zone)
    return "CAST(NULL AS TIMESTAMP)"


def _text_moment(value: str, zone: str, style: Style) -> str:
    value = _trimmed(value)
    # Shop systems write 08:00:00 +0200; DuckDB wants the zone at once.
    joined = f"regexp_replace({value}, '\\s+([+-]\\d{{2}}):?(\\d{{2}})?$', '\\1\\2')"
    zoned = f"timezone({zone}, TRY_CAST({joined} AS TIMESTAMPTZ))"
    iso = f"CASE WHEN regexp_matches({value}, {literal(ZONED)}) THEN {zoned} ELSE TRY_CAST({value} AS TIMESTAMP) END"
    # Without the year in front DuckDB would take 2/3/20 for the year 2.
    ways = [f"CASE WHEN regexp_matches({value}, '{YEAR_FIRST}') THEN {iso} END", _digits_moment(value, zone)]
    if style.formats:
        ways.append(f"try_strptime({value}, [{', '.join(literal(form) for form in style.formats)}])")
    chinese = f"TRY_CAST(translate({value}, '年月.日', '---') AS TIMESTAMP)"
    ways.append(f"CASE WHEN substr({value}, 5, 1) IN ('年', '.') THEN {chinese} END")
    return f"COALESCE({', '.join(ways)})"


def _digits_moment(value: str, zone: str) -> str:
    """By the number of digits a day, a second of it, seconds to nanoseconds since 1970 in UTC, or a spreadsheet's days.

    Spreadsheets count days from the end of 1899, the time as a fraction: 45901.5 is noon on 2025-09-01.
    """
    since = f"TRY_CAST({value} AS BIGINT)"
    micros = {10: f"{since} * 1000000", 13: f"{since} * 1000", 16: since, 19: f"{since} // 1000"}
    ways = [f"WHEN {length} THEN timezone({zone}, make_timestamptz({micro}))" for length, micro in micros.items()]
    days = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    ways += [f"WHEN {length} THEN try_strptime({value}, '{form}')" for length, form in days.items()]
    spreadsheet = f"{_DAY_ZERO} + to_seconds(TRY_CAST(round(TRY_CAST({value} AS DOUBLE) * 86400) AS BIGINT))"
    return (
        f"CASE WHEN regexp_full_match({value}, '{_SERIAL}') THEN {spreadsheet} "
        f"WHEN regexp_full_match({value}, '\\d+') THEN CASE length({value}) {' '.join(ways)} END END"
    )
