"""Each kind of inconsistency is a table of channels, cases and people, in words of one language."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pyarrow as pa
import pytest

from insights.known import Period, known_shop
from insights.report.consistency_section import consistency_sections
from insights.report.facts import Facts
from insights.report.words import words_of
from insights.touchpoints.consistency import consistency
from tests.insights.touchpoints.test_consistency import AT, drawn
from tests.shops import make_shop


@pytest.mark.parametrize("language", ["en", "zh"])
def test_three_kinds_are_three_tables(tmp_path: Path, language: str) -> None:
    words = words_of(language, "EUR")
    with known_shop(make_shop(tmp_path, **drawn(1)), AT) as known:
        found = consistency(known, Period(AT - timedelta(days=56), AT))
    (page,) = consistency_sections(cast(Facts, SimpleNamespace(consistency=found)), words)
    assert len(page.tables) == 3
    assert all(len(row) == len(table.header) for table in page.tables for row in table.rows)
    price = page.tables[0].rows[0]
    assert price[:2] == [words.name("web"), words.name("store")] and price[4].startswith("+")


def test_nothing_met_is_no_page(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, orders=drawn(1)["orders"][:50]), AT) as known:
        found = consistency(known, Period(AT - timedelta(days=56), AT))
    assert consistency_sections(cast(Facts, SimpleNamespace(consistency=found)), words_of("en", "EUR")) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_right_is_told_with_its_tier(language: str) -> None:
    words = words_of(language, "EUR")
    row = {"what": "right", "channel": "store", "other_channel": "web", "cases": 31, "people": 40, "dearer_by": None,
           "tier": "gold", "right": "double_points"}  # fmt: skip
    found = cast(Facts, SimpleNamespace(consistency=pa.Table.from_pylist([row])))
    (table,) = consistency_sections(found, words)[0].tables
    assert table.title == words.say["consistency_right"]
    assert table.rows == [[words.name("store"), words.name("web"), "31", "40", "gold", words.name("double_points")]]
    assert len(table.header) == 6
