"""Dates that read both ways are asked about, unless the order of the rows tells."""

import random

import pytest

from tests.features.ingest.exports import HEADER, rows
from tests.features.ingest.guessing.drafts import drafted

DAYS = [(month, day) for month in range(1, 13) for day in range(1, 13)]  # no day above 12


def export(days, form):
    lines = [
        f"{place},c{place % 9},{form.format(d=day, m=month)},{place}.50" for place, (month, day) in enumerate(days)
    ]
    return "\n".join([HEADER.replace("happened_at", "date"), *lines]) + "\n"


def read(shop):
    return [(row["happened_at"].month, row["happened_at"].day) for row in rows(shop)]


@pytest.mark.parametrize("form", ["{d:02}/{m:02}/2025", "{m:02}/{d:02}/2025 08:15", "{d}-{m}-2025"])
def test_rows_that_follow_one_another_in_time_tell_the_day(form, tmp_path):
    text, shop = drafted(tmp_path, export(DAYS, form))
    assert sorted(read(shop)) == DAYS
    assert "settled: 132 dates of date could be read both ways" in text and "follow one another in time" in text
    assert not [finding for finding in shop.findings if finding.column == "happened_at"]


def test_without_an_order_it_is_a_question_with_both_answers(tmp_path):
    days = random.Random(3).sample(DAYS, len(DAYS))
    text, _ = drafted(tmp_path, export(days, "{d:02}/{m:02}/2025"))
    assert "# question: 132 dates of date could be read both ways: day or month first?" in text
    assert "taken: month first: 144 orders" in text and "else: day first: 144 orders" in text


def test_ordinary_dates_are_not_asked_about(tmp_path):
    text, shop = drafted(tmp_path, export([(m, d) for m in range(1, 13) for d in range(1, 29)], "{d:02}/{m:02}/2025"))
    assert "both ways" not in text and "could be read" not in text
    assert not [finding for finding in shop.findings if finding.column == "happened_at"]


def test_dates_that_a_spreadsheet_may_have_turned_are_named(tmp_path):
    days = [(m, d) for m in range(1, 13) for d in range(1, 29)]
    lines = [
        f"{place},c{place % 9},{f'{d}/{m}/2025' if d > 12 else f'2025-{d:02}-{m:02}'},5.00"
        for place, (m, d) in enumerate(days)
    ]
    text, shop = drafted(tmp_path, "\n".join([HEADER.replace("happened_at", "date"), *lines]) + "\n")
    assert "look: 144 dates of date could be read day first or month first" in text and "# question: 144" not in text
    assert [finding.count for finding in shop.findings if "day first or month first" in finding.reason] == [144]


def test_a_few_of_another_form_are_named(tmp_path):
    american = "".join(f"a{place},c1,04/0{place}/2025 9:15 PM,5.00\n" for place in (1, 2, 3))
    text, shop = drafted(
        tmp_path, export([(m, d) for m in range(1, 13) for d in range(1, 29)], "{d:02}/{m:02}/2025") + american
    )
    assert "look: 3 dates of date could be read day first or month first" in text
    assert [finding.count for finding in shop.findings if "day first or month first" in finding.reason] == [3]
