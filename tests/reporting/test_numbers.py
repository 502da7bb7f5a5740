"""Numbers and dates are written as each language writes them."""

from datetime import datetime

import pytest

from reporting.numbers import Numbers

DAY = datetime(2026, 3, 5)
EN, ZH = Numbers("en"), Numbers("zh")


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [(12.5, "€12.50", "€12.50"), (-1234.4, "-€1,234", "-€1,234"), (2_500_000, "€2.5m", "€250万")],
)
def test_money(value: float, en: str, zh: str) -> None:
    assert (EN.money(value, "EUR"), ZH.money(value, "EUR")) == (en, zh)


def test_money_without_a_currency_is_a_number() -> None:
    assert (EN.money(12.5, ""), EN.money(12500.4, "")) == ("12.50", "12,500")


def test_shares_and_changes() -> None:
    assert (EN.share(0.5), EN.share(1.0), EN.share(0.0004)) == ("50.0%", "100%", "0.0%")
    assert (EN.change(-0.123), EN.change(0.0), EN.points(-0.0123)) == ("−12.3%", "+0.0%", "−1.2")


def test_dates() -> None:
    assert (EN.day(DAY), ZH.day(DAY)) == ("5 March 2026", "2026年3月5日")
    assert (EN.month(DAY), ZH.month(DAY)) == ("Mar 2026", "2026年3月")


def test_counts() -> None:
    assert (EN.count(12345.6), ZH.count(3), EN.decimal(2.345, 2)) == ("12,346", "3", "2.34")
