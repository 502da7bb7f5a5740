"""Months and fillers of several languages, put as English writes them: 5 de enero de 2026 → 5 Jan 2026."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from features.ingest.source.database import literal

WORD: Final = r"\p{L}[\p{L}.]+|[صم]"  # what dates in words hold; Z and T alone are none
_MONTHS: Final = {
    "Jan": r"jan\w*|jänner|enero|ene|gennaio|gen|янв\w*|ocak|stycz\w*|يناير",
    "Feb": r"feb\w*|fév\w*|fev\w*|фев\w*|şubat|lut\w*|فبراير",
    "Mar": r"mar|march|mars|marzo|março|marca|maret|mär\w*|mrz|maart|mrt|мар\w*|mart|مارس",
    "Apr": r"apr\w*|avr\w*|abr\w*|апр\w*|nisan|kwie\w*|أبريل|ابريل",
    "May": r"may|mai|mayo|maggio|mag|maio|mei|maj|maja|май|мая|mayıs|مايو",
    "Jun": r"jun\w*|juin|giu\w*|июн\w*|haziran|czerw\w*|يونيو|يونيه",
    "Jul": r"jul\w*|juil\w*|lug\w*|июл\w*|temmuz|lipca|lipiec|يوليو|يوليه",
    "Aug": r"aug\w*|août|aout|ago\w*|авг\w*|ağustos|sierp\w*|agustus|أغسطس|اغسطس",
    "Sep": r"sep\w*|set\w*|сен\w*|eylül|wrze\w*|سبتمبر",
    "Oct": r"o[ck]t\w*|out\w*|ott\w*|окт\w*|ekim|paźdz\w*|أكتوبر|اكتوبر",
    "Nov": r"nov\w*|ноя\w*|kasım|listopad\w*|نوفمبر",
    "Dec": r"de[cz]\w*|des\w+|déc\w*|dic\w*|дек\w*|aralık|grud\w*|ديسمبر",
}
_FILLERS: Final = frozenset(
    ["de", "del", "of", "at", "um", "on", "às", "den", "le", "kl", "klo", "uhr", "hs", "hrs", "г"]
)
_ORDINALS: Final = frozenset(["st", "nd", "rd", "th", "er", "ère", "re"])
_HALVES: Final = {"a.m": "AM", "p.m": "PM", "am": "AM", "pm": "PM", "ص": "AM", "م": "PM"}


def in_english(words: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The words of dates that are not English, the longest first, each with what to put for it."""
    found: dict[str, str] = {}
    for word in words:
        bare = word.lower().rstrip(".")
        month = next((name for name, pattern in _MONTHS.items() if re.fullmatch(pattern, bare)), None)
        if bare in _ORDINALS:  # with the digit before it: "st" ends words too
            found |= {f"{digit}{word}": str(digit) for digit in range(10)}
        elif bare in _FILLERS:
            found[f" {word}"] = ""
        elif bare in _HALVES and word.upper() != _HALVES[bare]:
            found[word] = _HALVES[bare]
        elif month and word != month:
            found[word] = month
    return tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def put(value: str, words: Sequence[tuple[str, str]]) -> str:
    """SQL of a date with these words replaced."""
    for word, english in words:
        value = f"replace({value}, {literal(word)}, {literal(english)})"
    return value
