"""Numbers, money, shares and dates as a language writes them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

LANGUAGES = {"en": "en_GB", "zh": "zh_Hans_CN"}
_COMPACT_FROM = 1_000_000


@dataclass(frozen=True)
class Numbers:
    """How one language writes what is counted.

    Examples
    --------
    >>> Numbers("en").money(1234567, "EUR"), Numbers("zh").money(1234567, "CNY")
    ('€1.23m', '¥123.46万')
    >>> Numbers("en").share(0.0123), Numbers("zh").change(0.08)
    ('1.2%', '+8.0%')
    """

    language: str

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(LANGUAGES[self.language])

    def count(self, value: float) -> str:
        """A whole number."""
        return str(format_decimal(round(value), locale=self._locale))

    def signed(self, value: float) -> str:
        """A whole number more or fewer, with its sign; none for nothing."""
        sign = "+" if round(value) > 0 else "−" if round(value) < 0 else ""
        return sign + self.count(abs(value))

    def decimal(self, value: float, digits: int = 1) -> str:
        """A number with this many digits behind the point."""
        return str(format_decimal(value, format=f"#,##0.{'0' * digits}", locale=self._locale))

    def money(self, value: float, currency: str) -> str:
        """An amount: to the unit from a thousand, in short from a million; without a currency a plain number."""
        if not currency:
            return self.count(value) if abs(value) >= 1000 else self.decimal(value, 2)
        if abs(value) >= _COMPACT_FROM:
            return str(format_compact_currency(value, currency, locale=self._locale, fraction_digits=2))
        pattern = "¤#,##0" if abs(value) >= 1000 or not value else "¤#,##0.00"
        return str(format_currency(value, currency, format=pattern, locale=self._locale, currency_digits=False))

    def share(self, value: float) -> str:
        """0.123 as a percentage."""
        return str(format_percent(value, format="0.0%" if abs(value) < 0.9995 else "0%", locale=self._locale))

    def change(self, value: float) -> str:
        """A relative change, with its sign."""
        return ("+" if value >= 0 else "−") + self.share(abs(value))

    def points(self, value: float) -> str:
        """A difference of two shares in percentage points, with its sign."""
        return ("+" if value >= 0 else "−") + self.decimal(abs(value) * 100)

    def day(self, moment: date | datetime) -> str:
        """A date in full."""
        return str(format_date(moment, "long", locale=self._locale))

    def month(self, moment: date | datetime) -> str:
        """A month with its year, short."""
        return str(format_date(moment, "MMM yyyy" if self.language == "en" else "yyyy年M月", locale=self._locale))
