"""Numbers as texts write them: signs and codes of currencies, thousands, decimal commas, minus signs of any kind."""

from typing import Final

from features.ingest.reading.once import once
from features.ingest.reading.texts import western
from features.ingest.source.database import literal

EXACT: Final = "DECIMAL(28, 10)"
# What may stand before or behind an amount and says nothing about it.
_CODES = (
    "AED|ARS|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|KWD|MAD|MXN|MYR|NGN|NOK|NZD|"
    "PEN|PHP|PKR|PLN|RMB|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR|BGN|RSD|ISK|GEL|KZT|QAR|BHD|OMR|JOD|KES"
)
_ARABIC = r"ر\.س\.?|د\.إ\.?|ج\.م\.?|ريال|درهم|دينار|جنيه|تومان"
_WORDS = (
    r"(?:US|AU|CA|NZ|HK|NT|R|A|C|S)?\$|Rp\.?|Rs\.?|Fr\.?|kr\.?|zł|Kč|Ft|lei|TL|元|円|원|₽|руб\.?|грн\.?|лв\.?|дин\.?"
    rf"|р\.?|บาท|VNĐ|đ|{_ARABIC}"
)
_SIGNS = r"\p{Sc}|￥|＄|￡"
_SPACES = r"[\s\x{a0}\x{202f}\x{2007}\x{2009}'’\x{feff}]"
_DECORATION = rf'{_SPACES}|{_SIGNS}|(?:{_WORDS})|(?i:{_CODES})|,-$|^="|"$'
_MINUS = r"[-−–﹣－]"
_COMMA = r"(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?"
_POINT = r"(\d{1,3}(,\d{2,3})*,\d{3}|\d+)?(\.\d*)?"
# Evidence, on digits alone: a comma before cents or points between groups; a point before cents or commas between.
COMMA_SEEN: Final = r"^(\d{1,3}(\.\d{3})+|\d+),\d{1,2}$|\.\d{3},|^\d{1,3}(\.\d{3}){2,}$|^(0|\d{4,}),\d"
POINT_SEEN: Final = r"\.\d{1,2}$|,\d{3}\.|,\d{2,3},\d{3}(\.|$)|^0\.\d"
# Where a blank or an apostrophe parts thousands, the other sign stands before the fraction.
SPACED_COMMA: Final = rf"\d{_SPACES}\d{{3}},\d"
SPACED_POINT: Final = rf"\d{_SPACES}\d{{3}}\.\d"
GROUPED: Final = r"^[1-9]\d{0,2}\.\d{3}$"  # 1.250: a thousand and more, or one and a quarter

COMMA_GROUPED: Final = r"^[1-9]\d{0,2},\d{3}$"  # 1,250: a thousand and more, or one and a quarter by a decimal comma
# Signs of money that go with points between thousands, and seldom with cents.
DOTTED: Final = r"(?i)\bRp|\bIDR\b|\bVND\b|₫|R\$|\bCLP\b|\bCOP\b|\bARS\b|\bPYG\b|₲|₡|\bISK\b|\bBRL\b|\bTRY\b|₺"
# Money that nobody splits: its commas part thousands.
UNSPLIT: Final = r"[¥￥円₩원₫]|\b(JPY|KRW|VND)\b"
# What another column of the same file says for all: one sign alone, before one or two digits.
COMMA_CLEAR: Final = r"^\d+(\.\d{3})*,\d{1,2}$"
POINT_CLEAR: Final = r"^\d+(,\d{3})*\.\d{1,2}$"


def currency_sign(value: str) -> str:
    """SQL of the currency that an amount is written with, its sign or code; '' where it has none."""
    mark = rf"(?i:\b(?:{_CODES})\b)|(?:{_WORDS})|{_SIGNS}"
    return f"upper(translate(rtrim(regexp_extract({value}, {literal(mark)}), '.'), '￥＄￡', '¥$£'))"


def bare(value: str) -> str:
    """SQL of the value without currency and spaces: sign, brackets, digits, points and commas are left.

    A currency between digits stays, and makes the value no number.
    """
    inside = rf"\d\s*(?:{_SIGNS}|(?:{_WORDS})|(?i:{_CODES}))\s*\d"  # 45€80 is no 4580

    def freed(text: str) -> str:
        bare = f"regexp_replace({text}, {literal(_DECORATION)}, '', 'g')"
        return f"CASE WHEN regexp_matches({text}, {literal(inside)}) THEN {text} ELSE {bare} END"

    return once(western(value), freed)


def digits(value: str) -> str:
    """SQL of a bare value's digits, points and commas."""
    return rf"regexp_replace({value}, '^(?:\+|{_MINUS}|\()|(?:{_MINUS}|\))$', '', 'g')"


def parsed(value: str, decimal_comma: bool) -> str:
    """SQL of the exact number that a text means; NULL where it is none."""
    return once(value, lambda text: _parsed(text, decimal_comma))


def _parsed(value: str, decimal_comma: bool) -> str:
    signed = once(bare(value), lambda plain: _signed(plain, decimal_comma))
    return signed if decimal_comma else f"COALESCE(TRY_CAST({value} AS {EXACT}), {signed})"


def _signed(plain: str, decimal_comma: bool) -> str:
    negative = rf"regexp_matches({plain}, '^{_MINUS}|{_MINUS}$|^\(.*\)$')"
    read = once(digits(plain), lambda unsigned: _unsigned(unsigned, decimal_comma))
    return once(read, lambda number: f"CASE WHEN {negative} THEN -({number}) ELSE {number} END")


def _unsigned(value: str, decimal_comma: bool) -> str:
    if decimal_comma:
        shape, number = _COMMA, f"replace(replace({value}, '.', ''), ',', '.')"
    else:
        shape, number = _POINT, f"replace({value}, ',', '')"
    return f"CASE WHEN regexp_full_match({value}, {literal(shape)}) THEN TRY_CAST({number} AS {EXACT}) END"
