"""Dates in words of several languages come out as English writes them."""

import duckdb
import pytest

from features.ingest.reading.month_words import in_english, put


@pytest.mark.parametrize(
    ("words", "date", "english"),
    [
        ("de enero hs.", "5 de enero de 2026 14:05 hs.", "5 Jan 2026 14:05"),
        ("März Juni", "5. März 2026 14:05", "5. Mar 2026 14:05"),
        ("févr. août", "5 août 2026", "5 Aug 2026"),
        ("Dez. Okt.", "5 Dez. 2026", "5 Dec 2026"),
        ("at p.m. May", "May 5, 2026 at 2:05 p.m.", "May 5, 2026 2:05 PM"),
        ("nd March of", "2nd of March 2026", "2 Mar 2026"),
        ("er août", "1er août 2026", "1 Aug 2026"),
        ("Sep Uhr", "5 Sep 2026", "5 Sep 2026"),
    ],
)
def test_months_are_english(words, date, english):
    value = put(f"'{date}'", in_english(words.split()))
    ((said,),) = duckdb.sql(f"SELECT rtrim({value}, '.')").fetchall()
    assert said == english


def test_a_word_that_is_no_month_stays():
    assert in_english(["Kaffee", "Q1", "Total"]) == ()
