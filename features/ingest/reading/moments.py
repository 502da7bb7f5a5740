"""Moments as texts and numbers write them, as the shop's wall clock."""

from features.ingest.reading.month_words import put
from features.ingest.reading.once import once
from features.ingest.reading.style import Style
from features.ingest.reading.texts import id_text, is_number, is_text, trimmed, western
from features.ingest.source.database import literal

_SERIAL, _DAY_ZERO = r"[2-6]\d{4}(\.\d+)?", "TIMESTAMP '1899-12-30'"  # days from 1954 to 2091
_EPOCH = r"\d{10}\.\d+"
YEAR_FIRST = r"^\d{4}[-/]"
ZONED = r"(:\d{2}|^\d{8}T\d{4}(\d{2})?)(\.\d+)?\s*(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
_ZONE = r"\s*(?:UTC|GMT|Z|([+-])(\d{2}):?(\d{2})?)$"
_EARLY, _LATE = "凌晨|早上|早晨|上午|오전|午前", "中午|下午|傍晚|晚上|오후|午後"  # before noon, after it


def without_zone(value: str) -> str:
    """SQL of a text without the zone at its end."""
    return (
        f"CASE WHEN regexp_matches({value}, {literal(ZONED)}) THEN regexp_replace({value}, {literal(_ZONE)}, '') "
        f"ELSE {value} END"
    )


def moment(value: str, kind: str, timezone: str, style: Style) -> str:
    """SQL of a moment in the shop's time zone; NULL where the value is none."""
    zone = literal(timezone)
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        return f"CAST(timezone({zone}, {value}) AS TIMESTAMP)"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"TRY_CAST({value} AS TIMESTAMP)"
    if is_text(kind):
        return _text_moment(value, zone, style)
    if is_number(kind):
        return _digits_moment(id_text(value, kind), zone)
    return "CAST(NULL AS TIMESTAMP)"


def doubled(value: str, kind: str, timezone: str, style: Style) -> str:
    """SQL: the value's zone says that it lies in the second of two hours which the shop's clock shows alike."""
    zone = literal(timezone)
    local = moment(value, kind, timezone, style)
    if is_text(kind):
        elsewhere = moment(value, kind, "UTC", style)
        instant = f"CASE WHEN regexp_matches({trimmed(value)}, {literal(ZONED)}) THEN timezone('UTC', {elsewhere}) END"
    elif kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        instant = value
    else:
        return "false"
    return f"coalesce({instant} <> timezone({zone}, {local}), false)"


def _text_moment(value: str, zone: str, style: Style) -> str:
    return once(western(trimmed(value)), lambda text: _written(text, zone, style))


def _written(value: str, zone: str, style: Style) -> str:
    # Shop systems write 08:00:00 +0200; DuckDB wants the zone at once.
    joined = f"regexp_replace({value}, '\\s+([+-]\\d{{2}}):?(\\d{{2}})?$', '\\1\\2')"
    zoned = f"timezone({zone}, TRY_CAST({joined} AS TIMESTAMPTZ))"
    iso = f"CASE WHEN regexp_matches({value}, {literal(ZONED)}) THEN {zoned} ELSE TRY_CAST({value} AS TIMESTAMP) END"
    # Without the year in front DuckDB would take 2/3/20 for the year 2.
    ways = [f"CASE WHEN regexp_matches({value}, '{YEAR_FIRST}') THEN {iso} END", _digits_moment(value, zone)]
    if style.formats:
        ways.append(_formatted(value, zone, style))
    ways.append(_chinese(value))
    return f"COALESCE({', '.join(ways)})"


def _formatted(value: str, zone: str, style: Style) -> str:
    """By the column's own patterns; what carries a zone becomes the shop's wall clock."""
    read = once(put(without_zone(value), style.words), lambda said: _by_patterns(said, style))
    sign, hours, minutes = (f"regexp_extract({value}, {literal(_ZONE)}, {place})" for place in (1, 2, 3))
    ahead = (
        f"if({sign} = '-', -1, 1) * (coalesce(TRY_CAST({hours} AS INTEGER), 0) * 60 "
        f"+ coalesce(TRY_CAST({minutes} AS INTEGER), 0))"
    )
    has_zone = f"regexp_matches({value}, {literal(ZONED)})"
    return once(
        read,
        lambda local: (
            f"CASE WHEN {has_zone} THEN timezone({zone}, timezone('UTC', {local} - to_minutes({ahead}))) "
            f"ELSE {local} END"
        ),
    )


def _by_patterns(said: str, style: Style) -> str:
    read = f"try_strptime({said}, [{', '.join(literal(form) for form in style.formats)}])"
    return f"CASE WHEN NOT {_either(said)} THEN {read} END" if style.mixed else read


def _either(value: str) -> str:
    """SQL: where day first and month first both occur, 3/4 says neither."""
    first, second = (f"TRY_CAST(regexp_extract({value}, '^(\\d+)[/.-](\\d+)\\D', {n}) AS INTEGER)" for n in (1, 2))
    return f"coalesce({first} <= 12 AND {second} <= 12 AND {first} <> {second}, false)"


def _chinese(value: str) -> str:
    """2020年1月3日 10时56分, 2020.1.3, 2025/9/2 下午2:54: the part of the day says which half its hour is of."""
    # Hungarians and Koreans set a point behind the day too: 2026.03.05. 14:05, 2026. 3. 5. 오후 2:05.
    pointed = f"regexp_replace({value}, '^(\\d{{4}})\\.\\s*(\\d+)\\.\\s*(\\d+)\\.', '\\1-\\2-\\3')"
    bare = f"trim(regexp_replace({pointed}, '\\s*({_EARLY}|{_LATE})\\s*', ' '))"
    read = f"TRY_CAST(rtrim(translate({bare}, '年月./时時分点日秒', '----::::'), ':') AS TIMESTAMP)"
    moved = once(read, lambda clock: f"{clock} + to_hours({_half_of_the_day(value, clock)})")
    return f"CASE WHEN regexp_matches({value}, '^\\d{{4}}[年./]|{_EARLY}|{_LATE}') THEN {moved} END"


def _half_of_the_day(value: str, clock: str) -> str:
    noon = f"hour({clock}) = 11 AND contains({value}, '中午')"
    late = f"regexp_matches({value}, '{_LATE}') AND hour({clock}) < 12 AND NOT ({noon})"
    midnight = f"regexp_matches({value}, '{_EARLY}') AND hour({clock}) = 12"
    return f"CASE WHEN {late} THEN 12 WHEN {midnight} THEN -12 ELSE 0 END"


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
        f"WHEN regexp_full_match({value}, '{_EPOCH}') "
        f"THEN timezone({zone}, make_timestamptz(CAST(TRY_CAST({value} AS DECIMAL(28, 6)) * 1000000 AS BIGINT))) "
        f"WHEN regexp_full_match({value}, '\\d+') THEN CASE length({value}) {' '.join(ways)} END END"
    )
