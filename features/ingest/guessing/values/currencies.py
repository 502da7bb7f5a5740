"""Which currencies an export's amounts are in: by a column of codes, else by the signs beside the amounts."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from features.ingest.reading.casts import given
from features.ingest.reading.numbers import currency_sign
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import is_text
from features.ingest.source.database import identifier

# Signs that belong to one currency alone; $, ¥ and kr belong to several.
_CODES: Mapping[str, str] = MappingProxyType(
    {
        "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "ZŁ": "PLN", "R$": "BRL", "RP": "IDR",
        "₫": "VND", "KČ": "CZK", "FT": "HUF", "円": "JPY", "원": "KRW", "元": "CNY", "RMB": "CNY",
    }
)  # fmt: skip


def currencies(profile: SourceProfile, listed: Sequence[str], amount: str | None) -> tuple[str, ...]:
    """Codes and signs, the most frequent first; none where nothing says it.

    Parameters
    ----------
    listed : sequence of str    what the column of currencies holds
    amount : str or None        the column of amounts
    """
    codes = tuple(value.upper() for value in listed if re.fullmatch("[A-Za-z]{3}", value))
    if codes or amount is None or not is_text(profile.raw.columns[amount]):
        return codes
    sign = currency_sign(given(identifier(amount), profile.raw.columns[amount]))
    signs = profile.database.rows(
        f"SELECT s FROM {profile.picked(s=sign)} WHERE s <> '' GROUP BY s ORDER BY count(*) DESC, s LIMIT 5"
    )
    return tuple(dict.fromkeys(_CODES.get(one, one) for (one,) in signs))


def only_one(known: Sequence[str]) -> str:
    """The code all amounts are in; empty where there are several, or a sign alone."""
    return known[0] if len(known) == 1 and re.fullmatch("[A-Z]{3}", known[0]) else ""
