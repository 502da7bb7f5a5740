"""Every feature has a name of its own in both languages, and what a marketer may have mistyped is found."""

import pytest

from features.catalog import features
from features.catalog.words import feature_words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_feature_is_named_and_no_name_stands_for_two(language: str) -> None:
    labels = feature_words(language)["labels"]
    plain = [one.name for one in features() if one.per is None]
    assert [name for name in plain if name not in labels] == []
    assert len({labels[name] for name in plain}) == len(plain)
    made = [name for name in labels if "{name}" in name]
    assert made and all("{name}" in labels[name] for name in made)


def test_both_languages_name_the_same() -> None:
    english, chinese = feature_words("en"), feature_words("zh")
    assert english.keys() == chinese.keys() == {"words", "labels", "names"}
    assert all(english[table].keys() == chinese[table].keys() for table in ("words", "labels"))
