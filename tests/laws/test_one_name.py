"""A channel, a device and whatever else data name are called the same in every text of a language."""

import tomllib
from pathlib import Path

import pytest

from features.catalog.words import feature_words

ROOT = Path(__file__).parents[2]
TEXTS = ("perennial/texts/told", "insights/report/texts", "serving/ui/texts")
TWO_THINGS = {"phone"}  # a channel where orders are told apart, a device where visits are


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_thing_has_one_name(language: str) -> None:
    called = feature_words(language)["names"]
    others = {
        (text, name): said
        for text in TEXTS
        for name, said in tomllib.loads((ROOT / f"{text}.{language}.toml").read_text(encoding="utf-8"))["names"].items()
        if name in called and name not in TWO_THINGS and said != called[name]
    }
    assert others == {}
