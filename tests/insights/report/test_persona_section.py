"""A persona is named, described and priced in words of one language."""

import pytest

from insights.known import known_shop
from insights.report.facts import Facts, gather
from insights.report.persona_section import persona_name, persona_sections
from insights.report.words import words_of
from tests.insights.personas.two_kinds import AT, two_kinds
from tests.shops import make_shop


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    tables = two_kinds()
    for number, row in enumerate(tables["customers"]):
        row["referred_by"] = f"s{80 + number % 25:03d}" if number < 60 else None
    with known_shop(make_shop(tmp_path_factory.mktemp("shop"), **tables), AT) as known:
        return gather(known, None, 28, 90)


def test_a_name_is_a_phrase_of_the_language() -> None:
    name = (("through mini_program", True), ("often", True), ("saves", False))
    assert persona_name(name, words_of("en", "EUR")) == "buy through mini program, order often, pay the full price"
    assert persona_name(name, words_of("zh", "EUR")) == "主要在小程序购买、下单频繁、多按原价购买"
    assert persona_name((), words_of("en", "EUR")) == "like the average"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_habits_and_advocates_are_told(facts: Facts, language: str) -> None:
    (section,) = persona_sections(facts, words_of(language, "EUR"))
    figures, habits = section.tables
    assert [row[2] for row in figures.rows] == ["80", "70"] or [row[2] for row in figures.rows] == ["70", "80"]
    assert all(len(row) == len(figures.header) for row in figures.rows)
    assert all(len(row) == len(habits.header) for row in habits.rows)
    assert "tea" in {row[1] for row in habits.rows}
    assert "25" in section.sentences[1]
