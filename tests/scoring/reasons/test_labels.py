"""A column in words, in both languages, with the window it covers and the value it was made for."""

from features.catalog.words import feature_words
from scoring.reasons.labels import Labels, made_for, parts


def labels(language: str) -> Labels:
    words = feature_words(language)
    return Labels(words["labels"], words["names"], words["words"]["days"], words["words"]["ever"])


def test_a_column_in_words():
    assert labels("en").column("orders_90d") == "orders in the last 90 days"
    assert labels("zh").column("orders_90d") == "订单（近 90 天）"
    assert labels("en").column("mini_program_orders_30d") == "orders by mini program in the last 30 days"
    assert labels("zh").column("app_orders_30d") == "App 订单数（近 30 天）"


def test_what_nothing_names_is_its_own_name_spaced():
    assert labels("en").column("my_own_count_30d") == "my own count in the last 30 days"


def test_a_column_is_a_stem_and_a_window_and_the_longest_pattern_tells_the_value():
    assert (parts("spend_90d"), parts("days_since_order")) == (("spend", "90"), ("days_since_order", None))
    assert made_for("web_shop_orders", ("{name}_orders", "{name}_shop_orders")) == ("{name}_shop_orders", "web")
