"""SQL that turns what sources hold into the canonical types; what cannot be read becomes NULL, never an error."""

from features.ingest.database import literal
from features.tables import Role

# How systems write "nothing" when they export text.
_NOTHING = ("", "null", "nan", "nat", "none", "<na>", "n/a", "#n/a", "\\n")
_TRUE, _FALSE = ("true", "t", "1", "1.0", "yes", "y", "on"), ("false", "f", "0", "0.0", "no", "n", "off")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_ZONED = r":\d{2}(\.\d+)?\s*(Z|UTC|[+-]\d{2}(:?\d{2})?)$"

# Read after the separators . and / became -, so that one list serves all three.
MONTH_FIRST = ("%m-%d-%Y %H:%M", "%m-%d-%Y %H:%M:%S", "%m-%d-%Y", "%m-%d-%Y %I:%M %p", "%m-%d-%Y %I:%M:%S %p")
DAY_FIRST = ("%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y", "%d-%m-%Y %I:%M %p", "%d-%m-%Y %I:%M:%S %p")
SHORT_YEAR = (
    tuple(form.replace("%Y", "%y") for form in MONTH_FIRST),
    tuple(form.replace("%Y", "%y") for form in DAY_FIRST),
)
_WORDS = tuple(
    day + time
    for day in ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
    for time in ("", " %H:%M", " %H:%M:%S")
)


def is_text(kind: str) -> bool:
    return kind == "VARCHAR"


def is_number(kind: str) -> bool:
    return kind in _WHOLE or kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def given(value: str, kind: str) -> str:
    """The value, NULL where the source holds nothing: blanks, NaN, the word null."""
    if is_text(kind):
        nothing = ", ".join(literal(word) for word in _NOTHING)
        return f"CASE WHEN lower(trim({value})) NOT IN ({nothing}) THEN trim({value}) END"
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({value}) THEN {value} END"
    return value


def cast(value: str, kind: str, role: Role, timezone: str, formats: tuple[str, ...] = ()) -> str:
    """SQL for `value` (as `given` returns it) in the canonical type of `role`.

    Parameters
    ----------
    value, kind : str           SQL and its DuckDB type
    timezone : str              the shop's; moments with a zone become its wall clock
    formats : tuple of str      how the column writes dates that are not ISO 8601, see moments.py
    """
    if kind == "BLOB":
        return cast(f"TRY(decode({value}))", "VARCHAR", role, timezone, formats)
    if role == "id":
        return _id(value, kind)
    if role == "money":
        return f"TRY_CAST({number(value, kind)} AS DECIMAL(18, 4))"
    if role == "number":
        return _finite(f"TRY_CAST({number(value, kind)} AS DOUBLE)")
    if role == "flag":
        return _flag(value, kind)
    if role == "moment":
        return _moment(value, kind, timezone, formats)
    return f"CAST({value} AS VARCHAR)"


def number(value: str, kind: str) -> str:
    """SQL of an exact or floating number; text may carry a currency sign, thousands, or a decimal comma."""
    if not is_text(kind):
        return f"TRY_CAST({value} AS DECIMAL(38, 10))" if kind == "BOOLEAN" else value
    bare = f"trim({value}, ' \u00a0€£$¥￥')"
    commas = (
        f"CASE WHEN regexp_full_match({bare}, '[+-]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d*)?') THEN replace({bare}, ',', '')"
    )
    european = (
        f"WHEN regexp_full_match({bare}, '[+-]?\\d{{1,3}}((\\.\\d{{3}})+|\\d*),\\d{{1,4}}') "
        f"THEN replace(replace({bare}, '.', ''), ',', '.') END"
    )
    exact = "DECIMAL(28, 10)"
    return f"COALESCE(TRY_CAST({bare} AS {exact}), TRY_CAST({commas} {european} AS {exact}))"


def _finite(value: str) -> str:
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _id(value: str, kind: str) -> str:
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        whole = f"CAST(TRY_CAST({value} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN {value} = trunc({value}) THEN {whole} ELSE CAST({value} AS VARCHAR) END"
    if is_text(kind):
        # A number that went through a float on its way: 17850.0 is customer 17850.
        return f"CASE WHEN suffix({value}, '.0') THEN regexp_replace({value}, '^(-?\\d+)\\.0$', '\\1') ELSE {value} END"
    return f"CAST({value} AS VARCHAR)"


def _flag(value: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return value
    word = f"lower(CAST({value} AS VARCHAR))"
    yes, no = (", ".join(literal(w) for w in words) for words in (_TRUE, _FALSE))
    return f"CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END"


def _moment(value: str, kind: str, timezone: str, formats: tuple[str, ...]) -> str:
    zone = literal(timezone)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"timezone({zone}, {value})"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"TRY_CAST({value} AS TIMESTAMP)"
    if is_text(kind):
        return _text_moment(value, zone, formats)
    if is_number(kind):
        return _text_moment(_id(value, kind), zone, formats)
    return "CAST(NULL AS TIMESTAMP)"


def _text_moment(value: str, zone: str, formats: tuple[str, ...]) -> str:
    zoned = f"timezone({zone}, TRY_CAST({value} AS TIMESTAMPTZ))"
    local = f"CASE WHEN regexp_matches({value}, {literal(_ZONED)}) THEN {zoned} ELSE TRY_CAST({value} AS TIMESTAMP) END"
    epoch = f"TRY_CAST({value} AS BIGINT)"
    digits = (
        f"CASE WHEN regexp_full_match({value}, '\\d{{8}}|\\d{{10}}|\\d{{13}}|\\d{{14}}|\\d{{16}}|\\d{{19}}') THEN "
        f"CASE length({value}) WHEN 8 THEN try_strptime({value}, '%Y%m%d') "
        f"WHEN 14 THEN try_strptime({value}, '%Y%m%d%H%M%S') "
        + " ".join(
            f"WHEN {length} THEN timezone({zone}, make_timestamptz({micros}))"
            for length, micros in (
                (10, f"{epoch} * 1000000"),
                (13, f"{epoch} * 1000"),
                (16, epoch),
                (19, f"{epoch} // 1000"),
            )
        )
        + " END END"
    )
    dashed = f"try_strptime(translate({value}, './', '--'), [{', '.join(literal(f) for f in formats)}])"
    words = f"try_strptime({value}, [{', '.join(literal(form) for form in _WORDS)}])"
    ways = [local, digits, *([dashed] if formats else []), words]
    return f"COALESCE({', '.join(ways)})"
