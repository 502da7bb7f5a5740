"""Reason texts: every feature has words in both languages, and marketers' mistakes are told at once."""

import json
import math

import pytest

from scoring.derived.derived import DERIVED
from scoring.errors import ReleaseError
from scoring.reasons.labels import parts
from scoring.reasons.reason_files import read_texts
from scoring.reasons.reasons import plain_number
from tests.laws.histories import COLUMNS as LAW_COLUMNS
from tests.serving.tiny import read_tiny_texts, text_table

UNITS = {"spend_90d": "currency", "coupon_share_90d": "share", "days_since_order": "days"}
SHRUNK = [
    f"{kind}_{name}" for kind in ("contact_odds", "contact_shrunk", "purchase_shrunk") for name in ("sms", "微信")
]
COLUMNS = [column.name for column in LAW_COLUMNS] + list(DERIVED) + SHRUNK


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


KNOWN = {"days_since_order": 22.0, "gap_median_365d": 1.0, "orders": 9.0}


@pytest.mark.parametrize(
    ("known", "effect", "code", "english", "chinese"),
    [
        (KNOWN, 1.2, "longer_silence", "no order for 22 days; usually every day", "已有 22 天没有下单；平时约每天一单"),
        (
            KNOWN | {"gap_median_365d": 12.0},
            1.2,
            "longer_silence",
            "no order for 22 days; usually every 12 days",
            "已有 22 天没有下单；平时约每 12 天一单",
        ),
        (
            KNOWN | {"days_since_order": 1.0, "gap_median_365d": 7.0},
            -1.2,
            "recent_order",
            "last order 1 day ago; usually every 7 days",
            "1 天前刚下过单；平时约每 7 天一单",
        ),
        (
            KNOWN | {"days_since_order": 2.0, "gap_median_365d": 7.0},
            0.4,
            "order_history",
            "last order 2 days ago; orders so far: 9",
            "上次下单在 2 天前，累计 9 单",
        ),
        (KNOWN | {"gap_median_365d": math.nan}, 1.2, "last_order", "last order 22 days ago", "上次下单在 22 天前"),
    ],
)
@pytest.mark.parametrize("feature", ["days_since_order", "btyd_no_order", "overdue_ratio_365d"])
def test_silence_is_told_by_its_days_beside_the_usual_gap(feature, known, effect, code, english, chinese):
    for language, text in (("en", english), ("zh", chinese)):
        told = read_tiny_texts(language).reason(feature, effect, {feature: 3.0, **known}, UNITS)
        assert told == {
            "code": code,
            "feature": "days_since_order",
            "value": int(known["days_since_order"]),
            "effect": effect,
            "changeable": False,
            "text": text,
        }


@pytest.mark.parametrize(
    ("spent", "year", "tenure", "code", "text"),
    [
        (0.0, 365.0, 900.0, "lower_spend", "spend in the last 90 days: 0.00; usually 90.00"),
        (120.0, 365.0, 900.0, "higher_spend", "spend in the last 90 days: 120.00; usually 90.00"),
        (120.0, 365.0, 180.0, "lower_spend", "spend in the last 90 days: 120.00; usually 182.50"),
        (0.0, 0.0, 900.0, "spend", "spend in the last 90 days: 0.00"),
        (120.0, math.nan, 900.0, "spend", "spend in the last 90 days: 120.00"),
    ],
)
@pytest.mark.parametrize("effect", [1.0, -1.0])
def test_a_code_follows_the_value_beside_the_persons_usual(spent, year, tenure, code, text, effect):
    values = {"spend_90d": spent, "spend_365d": year, "days_since_first_order": tenure}
    told = read_tiny_texts("en").reason("spend_90d", effect, values, UNITS | {"spend_365d": "currency"})
    assert (told["code"], told["text"], told["effect"]) == (code, text, effect)


def test_features_that_mean_the_same_are_one_reason_and_all_effects_add_up():
    effects = [
        ("days_since_order", 22.0, 0.3),
        ("btyd_no_order", 1.4, 0.9),
        ("overdue_ratio_365d", 22.0, -0.1),
        ("spend_90d", 5.0, -0.2),
        ("spend_365d", 400.0, 0.05),
        ("lines_30d", 2.0, 0.12),
        ("open_cases", 1.0, 0.01),
    ]
    told, rest = read_tiny_texts("en").reasons(effects, KNOWN, UNITS)
    assert [(one["feature"], round(one["effect"], 9)) for one in told] == [
        ("days_since_order", 1.1),
        ("spend_90d", -0.15),
        ("lines_30d", 0.12),
    ]
    assert sum(one["effect"] for one in told) + rest == pytest.approx(sum(effect for _, _, effect in effects))


def test_what_is_made_for_each_channel_is_one_reason_and_names_the_channel():
    effects = [
        ("微信_orders_90d", 4.0, 0.3),
        ("-e-02d-mail_orders_90d", 2.0, 0.2),
        ("sms_answers_365d", 3.0, 0.4),
    ]
    (first, second), rest = read_tiny_texts("en").reasons(effects, {}, {"sms_answers_365d": "messages"}, 2)
    assert (first["code"], first["effect"], first["text"]) == (
        "channels_raise",
        0.5,
        "orders by 微信 in the last 90 days: 4",
    )
    assert second["text"] == "answers to messages by SMS in the last 365 days: 3" and rest == 0.0
    assert read_tiny_texts("zh").reason("-e-02d-mail_orders_90d", 1.0, {}, {})["text"].startswith("E-mail 订单数")


def test_items_say_when_in_words():
    english, chinese = read_tiny_texts("en"), read_tiny_texts("zh")
    assert english.item("bought_once", days=0)["text"] == "bought once, today"
    assert english.item("bought_often", times=3, days=1)["text"] == "bought 3 times, last 1 day ago"
    assert chinese.item("bought_once", days=0)["text"] == "今天买过"
    assert chinese.item("bought_often", times=3, days=5)["text"] == "买过 3 次，最近一次：5 天前"


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        ("spend_90d", 84.2, "spend in the last 90 days: 84.20"),
        ("coupon_share_90d", 0.25, "share bought with a coupon in the last 90 days: 25%"),
        ("orders", 12.0, "orders: 12"),
        ("gap_mean_365d", 3.14159, "mean days between shopping days in the last 365 days: 3.1"),
        ("orders", math.nan, "orders: unknown"),
        ("mini_program_orders_365d", 2.0, "orders by mini program in the last 365 days: 2"),
        ("-whats-app-020-2_orders_365d", 2.0, "orders by WhatsApp 2 in the last 365 days: 2"),
        ("contact_odds_sms", 2.0, "likelihood of answering by SMS: 2"),
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
    table["families"]["money"]["plain"]["text"] = text
    with pytest.raises(ReleaseError, match=r"reasons\.en\.json"):
        read_texts("en", json.dumps(table))


def test_a_table_that_is_missing_is_named():
    table = text_table("en")
    del table["rules"]
    with pytest.raises(ReleaseError, match="rules"):
        read_texts("en", json.dumps(table))
