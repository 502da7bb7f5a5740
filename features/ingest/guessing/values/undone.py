"""Rows that are no orders by more than the order's own state: a payment's state, a flag, a line of sums, a header."""

import re
from collections.abc import Iterator, Mapping, Sequence

from features.ingest.guessing.headers.wordings import worded, words
from features.ingest.guessing.values.states import not_sold, not_understood
from features.ingest.reading.casts import given
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import is_text
from features.ingest.source.database import identifier, literal

_KINDS = 60  # a column with more different values is no list of states
_FLAG = (
    r"^(is |was |order )?(cancell?ed|voided|void|deleted|is void|test|test order|is test|testmode|draft|is draft"
    r"|storniert|"
    r"storno|annul[eé]e?|anulad[oa]|cancelad[oa]|annullato|geannuleerd|fraud\w*|spam|已取消|作废|测试)( order| flag)?$"
)
_YES = ("true", "t", "yes", "y", "1", "1.0", "x", "ja", "oui", "si", "sí", "sim", "是", "wahr")
_NO = ("", "false", "f", "no", "n", "0", "0.0", "nein", "non", "não", "nao", "否", "falsch")
_SUM = (
    r"(sub|grand|zwischen|overall|sub |grand )?(total(e|en|s)?|totaux|summen?|somme|suma|soma|totaal)"
    r"|gesamt(summe|betrag)?|"
    r"razem|celkem|итого|всего|合计|小计|总计|總計|合計|小計|합계|jumlah|toplam|сумма"
)


def undone(profile: SourceProfile, found: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Columns beside the order's state, each with those of its values by which a row is no order."""
    for name in worded("status", profile.raw.columns):
        values = _values(profile, name) if name != found.get("status") else ()
        if off := not_sold(values):
            yield name, off
    for name in profile.raw.columns:
        if name not in found.values() and re.search(_FLAG, words(name)):
            values = _values(profile, name)
            yes = tuple(value for value in values if value.strip().lower() in _YES)
            if yes and len(yes) < len(values) and all(value.strip().lower() in (*_YES, *_NO) for value in values):
                yield name, yes


def untaken(profile: SourceProfile, found: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Columns that no name tells are states, and whose values all are, with those by which a row is no order."""
    taken = {*found.values(), *worded("status", profile.raw.columns)}
    for name in profile.raw.columns:
        values = _values(profile, name) if name not in taken and is_text(profile.raw.columns[name]) else ()
        said = [value for value in values if value.strip()]
        off = not_sold(said)
        if off and len(off) < len(said) and not not_understood(said):
            yield name, off


def unnamed_state(
    profile: SourceProfile, found: Mapping[str, str], columns: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[str, tuple[str, ...]]:
    """The one of the columns that `untaken` gives which is an order's state: every row says it."""
    if "status" in found or len(columns) != 1:
        return "", ()
    ((name, off),) = columns
    return ("", ()) if any(not value.strip() for value in _values(profile, name)) else (name, off)


def sums(profile: SourceProfile, found: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The column that says of a few rows that they are sums of others, or the header again, and what it says there."""
    first = next(iter(profile.raw.columns), "")
    meant = {found[name]: name for name in ("order_id", "customer_id", "happened_at") if name in found}
    for name in dict.fromkeys((*meant, *([first] if first not in found.values() else []))):
        # A person may be called Total Care: only an order's number goes on behind the word.
        further = r"(\W.*)?" if meant.get(name) in ("order_id", "happened_at") else r"\W*"
        told = rf"regexp_full_match(lower(trim(v)), {literal(rf'({_SUM}){further}')}) OR trim(v) = {literal(name)}"
        values = profile.database.rows(
            f"""SELECT v FROM {profile.picked(v=_text(profile, name))} WHERE {told}
                GROUP BY v ORDER BY count(*) DESC, v LIMIT {_KINDS}"""
        )
        if values:
            return name, tuple(value for (value,) in values)
    return "", ()


def _values(profile: SourceProfile, name: str) -> tuple[str, ...]:
    values = profile.database.rows(
        f"SELECT coalesce(v, '') AS v FROM {profile.picked(v=_text(profile, name))} GROUP BY 1 LIMIT {_KINDS}"
    )
    return tuple(value for (value,) in values) if len(values) < _KINDS else ()


def _text(profile: SourceProfile, name: str) -> str:
    return f"CAST({given(identifier(name), profile.raw.columns[name])} AS VARCHAR)"
