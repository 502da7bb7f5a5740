"""Headers of further languages: each names one meaning, with the marks of its letters or without."""

from collections import Counter

import pytest

from features.ingest.guessing.headers.abroad import HEADERS_ABROAD, abroad
from features.ingest.guessing.headers.vocabulary import COLUMNS, plain, unmarked


def test_no_header_means_two_things():
    told = Counter(plain(unmarked(header)) for listed in HEADERS_ABROAD.values() for header in set(map(plain, listed)))
    meant = {
        header for meaning, listed in HEADERS_ABROAD.items() for header in {plain(unmarked(one)) for one in listed}
    }
    assert len(meant) == sum(len({plain(unmarked(one)) for one in listed}) for listed in HEADERS_ABROAD.values()), [
        header for header, times in told.items() if times > 1
    ]


def test_no_header_means_something_else_in_the_short_lists():
    asked = set(HEADERS_ABROAD)
    for meaning, listed in HEADERS_ABROAD.items():
        for header in map(plain, listed):
            others = [other for other in asked - {meaning} if header in COLUMNS[other]]
            assert not others, (header, meaning, others)


@pytest.mark.parametrize(
    ("meaning", "header"),
    [
        ("order_id", "Mã đơn hàng"), ("order_id", "MA DON HANG"), ("customer_id", "Kundnr"), ("amount", 'סה"כ'),
        ("happened_at", "วันที่สั่งซื้อ"), ("quantity", "Qtde."), ("status", "Stare comanda"), ("amount", "कुल राशि"),
    ],
)  # fmt: skip
def test_a_header_is_known(meaning, header):
    assert abroad(meaning, {plain(header): header}) == [header]


def test_the_likeliest_comes_first():
    names = ("Tutar", "Genel Toplam")
    assert abroad("amount", {plain(name): name for name in names}) == ["Genel Toplam", "Tutar"]
