"""Two languages that say the same things, and numbers as people write them."""

import re
import string
from pathlib import Path

import pytest

from decisions.allowed.eligibility import Rule
from decisions.causes import CAUSES
from decisions.stages import STAGES
from serving.ui.words import LANGUAGES, words_of

EN, ZH = words_of("en"), words_of("zh")


def gaps(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things():
    assert EN.say.keys() == ZH.say.keys()
    assert [name for name in EN.say if gaps(EN.say[name]) != gaps(ZH.say[name])] == []
    assert [name for name in ZH.say if not ZH.say[name] or not EN.say[name]] == []


def test_chinese_says_nothing_in_english():
    latin = {name: re.findall(r"[A-Za-z]{4,}", re.sub(r"{\w+}", "", text)) for name, text in ZH.say.items()}
    known = {"perennial", "nightly", "shop", "toml", "decisions"}
    assert {name: found for name, found in latin.items() if set(found) - known} == {}


def test_every_rule_that_removes_an_action_is_told():
    told = {rule.told for rule in Rule if rule is not Rule.ALLOWED}
    assert set(EN.rules) == set(ZH.rules) == told


def test_sentences_are_used():
    """A sentence that no page says is dead."""
    folder = Path(__file__).parents[3] / "serving" / "ui"
    used = "\n".join(path.read_text() for path in folder.iterdir() if path.suffix in (".py", ".html"))
    made = ("error_", "nav_", "field_")
    assert [name for name in EN.say if name not in used and not name.startswith(made)] == []


def test_numbers_and_dates():
    assert EN.moment("2026-02-01T19:00+08:00") == "1 February 2026, 19:00"
    assert ZH.moment("2026-02-01T19:00+08:00") == "2026年2月1日 19:00"
    assert EN.day("2026-12-31") == "31 December 2026" and EN.moment("2026-12-31") == "31 December 2026"
    assert [EN.share(one) for one in (0, 0.004, 0.5, 0.996, 1)] == ["0%", "<1%", "50%", ">99%", "100%"]
    assert EN.money("1234567.80", "CNY") == "1,234,567.80 CNY" and ZH.money("-0.50", "") == "−0.50"
    assert EN.days(1) == "1 day" and EN.days(2) == "2 days" and ZH.days(1) == "1 天"
    assert EN.count(1234.4) == "1,234" and ZH.decimal(0.25) == "0.2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_stages_and_causes_have_names(language):
    words = words_of(language)
    if language == "zh":
        assert [name for name in (*STAGES, *CAUSES) if name not in words.names] == []
    assert words.name("a_shop_s_own") == "a shop s own"
