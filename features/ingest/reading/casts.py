"""SQL that turns what sources hold into the canonical types; what cannot be read becomes NULL, never an error."""

from features.ingest.reading.moments import moment
from features.ingest.reading.numbers import parsed
from features.ingest.reading.once import once
from features.ingest.reading.style import ISO, Style
from features.ingest.reading.texts import id_text, is_text, trimmed
from features.ingest.source.database import literal
from features.tables import Role

# How systems write "nothing" when they export text.
_NOTHING = ("", "NULL", "null", "Null", "NaN", "nan", "NAN", "NaT", "None", "none", "<NA>", "N/A", "n/a", "#N/A", "\\N")
_TRUE, _FALSE = ("true", "t", "1", "1.0", "yes", "y", "on"), ("false", "f", "0", "0.0", "no", "n", "off")


def given(value: str, kind: str) -> str:
    """The value, NULL where the source holds nothing: blanks, NaN, the word null."""
    if is_text(kind):
        return once(value, _something)
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({value}) THEN {value} END"
    return value


def _something(value: str) -> str:
    nothing = " OR ".join(f"{value} = {literal(word)}" for word in _NOTHING)
    return f"CASE WHEN strlen({value}) < 6 AND ({nothing}) THEN NULL ELSE {value} END"


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
        return id_text(value, kind)
    if role == "money":
        return f"TRY_CAST({number(value, kind, style)} AS DECIMAL(18, 4))"
    if role == "number":
        return _finite(f"TRY_CAST({number(value, kind, style)} AS DOUBLE)")
    if role == "flag":
        return _flag(value, kind)
    if role == "moment":
        return moment(value, kind, timezone, style)
    return trimmed(value) if is_text(kind) else f"CAST({value} AS VARCHAR)"


def number(value: str, kind: str, style: Style = ISO) -> str:
    """SQL of an exact or floating number; text may carry a currency sign and thousands."""
    if not is_text(kind):
        return f"TRY_CAST({value} AS TINYINT)" if kind == "BOOLEAN" else value
    if style.plain_numbers:
        return value
    return parsed(value, style.decimal_comma)


def _finite(value: str) -> str:
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _flag(value: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return value
    word = f"lower(trim(CAST({value} AS VARCHAR)))"
    yes, no = (", ".join(literal(w) for w in words) for words in (_TRUE, _FALSE))
    # No IN: of a long list DuckDB makes a join.
    return f"CASE WHEN list_contains([{yes}], {word}) THEN true WHEN list_contains([{no}], {word}) THEN false END"
