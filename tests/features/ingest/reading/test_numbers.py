"""Amounts as systems write them, in whole columns: every writing comes back as the number it was made of."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.ingest.exports import HEADER, opened, rows


def point(value: Decimal) -> str:
    return f"{value:,.2f}"


def comma(value: Decimal) -> str:
    return point(value).translate(str.maketrans(",.", ".,"))


def indian(value: Decimal) -> str:
    whole, cents = f"{value:.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail]) + f".{cents}"


ARABIC = str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬")
WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
WRITINGS = {
    "plain": lambda v: f"{v:.2f}",
    "english": lambda v: f"${point(v)}",
    "english code": lambda v: f"USD {point(v)}",
    "german": lambda v: f"{comma(v)} €",
    "french": lambda v: comma(v).replace(".", "\u202f") + "\u00a0€",
    "swiss": lambda v: "CHF " + point(v).replace(",", "\u2019"),
    "indian": lambda v: f"₹{indian(v)}",
    "brazilian": lambda v: f"R$ {comma(v)}",
    "Arabic": lambda v: point(v).translate(ARABIC) + " ر.س",
    "full width": lambda v: "￥" + point(v).translate(WIDE),
    "Bulgarian": lambda v: f"{comma(v)} лв.",
    "Ukrainian": lambda v: comma(v).replace(".", " ") + " грн.",
    "spreadsheet": lambda v: f'="{v:.2f}"',
}
SIGNS = {
    "before": lambda text: f"-{text}",
    "behind": lambda text: f"{text}-",
    "brackets": lambda text: f"({text})",
    "typographic": lambda text: f"\u2212{text}",
}
AMOUNTS = st.lists(st.integers(1, 10**8), min_size=20, max_size=30)


def read(folder, texts):
    lines = [f"{number},c{number},2024-01-{1 + number % 28:02},{quoted(text)}" for number, text in enumerate(texts)]
    shop = opened(folder, orders__csv="\n".join([HEADER, *lines]) + "\n")
    return [row["amount"] for row in sorted(rows(shop), key=lambda row: int(row["order_id"]))]


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("writing", WRITINGS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(cents=AMOUNTS)
def test_every_writing_is_read(writing, tmp_path_factory, cents):
    values = [Decimal(12345), *(Decimal(one) / 100 for one in cents)]
    found = read(tmp_path_factory.mktemp("writing"), [WRITINGS[writing](value) for value in values])
    assert found == values


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("writing", ["english", "german", "swiss"])
def test_every_minus_is_read(writing, sign, tmp_path):
    values = [Decimal(one) / 100 for one in (1999, 123456, 50, 8420)]
    texts = [WRITINGS[writing](value) for value in values]
    assert read(tmp_path, [*texts, SIGNS[sign](texts[3])]) == [*values, -values[3]]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.250", "980", "12.500"], [1250, 980, 12500]),
        (["Rp 1.250.000", "Rp 250.000", "Rp 75.500"], [1250000, 250000, 75500]),
        (["1,234", "2,500"], [1234, 2500]),
        (["0.750", "1.250", "12"], [Decimal("0.75"), Decimal("1.25"), 12]),
        (["1.250", "980", "1200"], [Decimal("1.25"), 980, 1200]),
    ],
)
def test_thousands_without_decimals_are_told_by_the_column(texts, expected, tmp_path):
    assert read(tmp_path, texts) == expected


def test_where_nothing_tells_thousands_from_fractions_it_is_said(tmp_path):
    shop = opened(tmp_path, orders__csv=HEADER + "\n1,a,2024-01-01,1.250\n2,b,2024-01-02,3.500\n")
    assert [row["amount"] for row in rows(shop)] == [Decimal("1.25"), Decimal("3.5")]
    (said,) = [finding for finding in shop.findings if finding.column == "amount"]
    assert "1.250" in said.reason and said.count == 2 and said.severity == "warning"


@pytest.mark.parametrize("text", ["12 pieces", "ABC123", "1.2.3", "12,34,5", "--5", "€"])
def test_what_is_no_amount_is_refused(text, tmp_path):
    lines = "".join(f"{number},c,2024-01-01,{number}.50\n" for number in range(200))
    shop = opened(tmp_path, orders__csv=f"{HEADER}\n{lines}x,c,2024-01-01,{quoted(text)}\n")
    assert shop.rows["orders"] == 200
