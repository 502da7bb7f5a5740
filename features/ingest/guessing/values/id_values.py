"""Whether a column's values look like ids of people: e-mails, hashes, codes, telephones, numbers, names."""

import re
from typing import Final

from features.ingest.guessing.headers.vocabulary import unmarked
from features.ingest.guessing.headers.wordings import words
from features.ingest.reading.casts import given
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import trimmed
from features.ingest.source.database import identifier, literal

_NEARLY = 0.9
_WIDE = 20  # smaller whole numbers count pieces
_DAY = r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])"
# The likeliest first; each as what values are, and what they are not.
_LOOKS: Final = (
    (r"[^@\s]+@[^@\s]+\.\w+", r"$^"),
    (r"[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", r"\d+"),
    (r"[\p{L}]+[-_./#]?[\p{L}\d]*\d{2,}[\p{L}\d_*-]*|\p{L}{0,4}\d{2,}[ :–-]+\p{L}.*", r"\d+([.,]\d+)?\D{0,4}"),
    (
        r"\+?[\d ().-]{7,20}",
        rf"{_DAY}|\d+[.,]\d{{1,4}}|\d{{4}}-\d{{1,2}}-\d{{1,2}}.*|\d{{1,2}}[-.]\d{{1,2}}[-.]\d{{2,4}}.*",
    ),
    (r"\d{2,15}", _DAY),
)
_NAMES = r"\p{L}+[ ,]+.*\p{L}+.*"
# A column of names in two words and more may hold products and places: its own name has to say what they are of.
_NAMED = (
    r"\b(full ?)?(name|nombre|nom|nome|naam|imie|nazwisko|jmeno|navn|nimi|namn|nev|nume|isim|ad soyad|ten|nama)\b"
    r"|имя|фио|име|ονομα|שם|اسم|ชื่อ|이름|성명|氏名|名前|姓名"
)


def id_rank(profile: SourceProfile, name: str) -> int | None:
    """The rank of what most values look like, 0 the likeliest of people; None where they look like no ids."""
    value = trimmed(f"CAST({given(identifier(name), profile.raw.columns[name])} AS VARCHAR)")
    looks = [*_LOOKS, *([(_NAMES, "$^")] if re.search(_NAMED, unmarked(words(name))) else [])]
    counted = ", ".join(
        f"count(*) FILTER (regexp_full_match(v, {literal(like)}) AND NOT regexp_full_match(v, {literal(unlike)}))"
        for like, unlike in looks
    )
    filled, widest, *of_each = profile.database.row(
        f"SELECT count(v), coalesce(max(TRY_CAST(v AS HUGEINT)), {_WIDE}), {counted} FROM {profile.picked(v=value)}"
    )
    if not filled or widest < _WIDE:
        return None
    return next((rank for rank, held in enumerate(of_each) if held >= _NEARLY * filled), None)
