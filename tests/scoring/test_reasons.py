"""Reason texts: every feature has words in both languages, and marketers' mistakes are told at once."""

import json
import math

import pytest

from features.catalog import catalogue
from scoring.derived import DERIVED
from scoring.errors import ReleaseError
from scoring.reasons import parts, plain_number, read_texts
from tests.serving.tiny import read_tiny_texts, text_table

UNITS = {"spend_90d": "currency", "coupon_share_90d": "share", "days_since_order": "days"}
COLUMNS = [column.name for column in catalogue()] + list(DERIVED)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_feature_has_its_own_words_in_every_language(language):
    texts = read_tiny_texts(language)
    for name in COLUMNS:
        for effect in (1.0, -1.0):
            reason = texts.reason(name, effect, {name: 3.0}, UNITS)
            assert not reason["code"].startswith("other"), f"{name} has no family in reasons.{language}.toml"
            assert "{" not in reason["text"] and "_" not in reason["text"], reason["text"]


def test_languages_use_the_same_codes():
    english, chinese = read_tiny_texts("en"), read_tiny_texts("zh")
    for name in COLUMNS:
        codes = [texts.reason(name, 1.0, {}, UNITS)["code"] for texts in (english, chinese)]
        assert codes[0] == codes[1]
    assert english.rules.keys() == chinese.rules.keys() and english.items.keys() == chinese.items.keys()


def test_the_fuller_text_is_used_when_all_it_names_is_known():
    english = read_tiny_texts("en")
    known = {"days_since_order": 41.0, "gap_median_365d": 12.0}
    assert english.reason("days_since_order", 1.2, known, UNITS) == {
        "code": "longer_silence",
        "feature": "days_since_order",
        "value": 41,
        "effect": 1.2,
        "changeable": False,
        "text": "41 days without an order; usually every 12",
    }
    for usual in ({}, {"gap_median_365d": math.nan}):
        told = english.reason("days_since_order", 1.2, {"days_since_order": 41.0, **usual}, UNITS)
        assert told["text"] == "41 days without an order"


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        ("spend_90d", 84.2, "spend in the last 90 days: 84.20"),
        ("coupon_share_90d", 0.25, "share bought with a coupon in the last 90 days: 25%"),
        ("orders", 12.0, "orders: 12"),
        ("gap_mean_365d", 3.14159, "mean days between shopping days in the last 365 days: 3.1"),
        ("orders", math.nan, "orders: unknown"),
        ("something_new_30d", 2.0, "something new in the last 30 days: 2"),
    ],
)
def test_values_are_shown_in_their_units(feature, value, text):
    assert read_tiny_texts("en").reason(feature, -1.0, {feature: value}, UNITS)["text"] == text


@pytest.mark.parametrize(("name", "stem", "days"), [("spend_90d", "spend", "90"), ("spend", "spend", None)])
def test_a_column_is_its_stem_and_its_window(name, stem, days):
    assert parts(name) == (stem, days)


@pytest.mark.parametrize(("value", "shown"), [(41.0, 41), (0.5, 0.5), (math.nan, None)])
def test_numbers_are_shown_as_json_shows_them_best(value, shown):
    assert plain_number(value) == shown


@pytest.mark.parametrize("text", ["{valu}", "{value.real}", "{0}", "{}", "{value!r}", "{value:>99}", "{", "{value[0]}"])
def test_a_text_that_names_what_it_cannot_have_is_refused(text):
    table = text_table("en")
    table["families"]["money"]["raises"]["text"] = text
    with pytest.raises(ReleaseError, match=r"reasons\.en\.json"):
        read_texts("en", json.dumps(table))


def test_a_table_that_is_missing_is_named():
    table = text_table("en")
    del table["rules"]
    with pytest.raises(ReleaseError, match="rules"):
        read_texts("en", json.dumps(table))
