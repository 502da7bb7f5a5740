"""An episode is a sentence with its place, dates, size and money; counts under twenty are told as that."""

from dataclasses import replace
from datetime import datetime

import pytest

from insights.episodes.episodes import Episode
from insights.report.episode_section import episode_sentence
from insights.report.words import words_of

BUG = Episode("payment_failures", {"channel": "web", "device": "phone"}, datetime(2026, 3, 3), datetime(2026, 3, 17),
              0.41, 0.026, 62, True, True, 58.0, -5_568.0, 12.0)  # fmt: skip


def test_place_days_size_and_money_in_english() -> None:
    assert episode_sentence(BUG, words_of("en", "EUR")) == (
        "3 March 2026 to 16 March 2026, web (phone): 41.0% of the visits that came to the checkout met a failed "
        "payment, 2.6% on the days around – 58 more than usual. That is about €5,568 lost, at most."
    )


def test_the_same_in_chinese() -> None:
    assert episode_sentence(BUG, words_of("zh", "CNY")) == (
        "2026年3月3日至2026年3月16日，网站（手机）：到达结算的访问中有 41.0% 付款失败，"
        "前后平日为 2.6%，比平常多 58 次。按上限估计，损失约 ¥5,568。"
    )


def test_what_was_sold_otherwise_in_the_same_days_is_told_too() -> None:
    place = {"channel": "store", "department": "food"}
    food = Episode("lines", place, BUG.since, BUG.until, 0.06, 0.2, 40, True, True, -60.0, None, -8.0)
    told = episode_sentence(replace(BUG, money=None, echo=food), words_of("en", "EUR"))
    assert told.endswith("58 more than usual. In the same days, store, food: 6.0% of what was bought, 20.0% around.")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("reasons", {"reason": "shipping_cost"}), ("steps", {"channel": "app", "step": "cart"}),
        ("traffic", {"channel": "social"}), ("orders", {"store": "ST001"}), ("cases", {"topic": "refund"}),
        ("lines", {"channel": "store", "department": "food"}), ("unsubscribes", {"channel": "sms"}),
        ("consents", {"channel": "email"}), ("payment_failures", {}),
    ],
)  # fmt: skip
def test_every_kind_has_its_sentence_and_hides_small_counts(what: str, place: dict[str, str], language: str) -> None:
    words = words_of(language, "EUR")
    few = Episode(what, place, BUG.since, BUG.until, 0.0123, 0.2, 30, False, True, -12.0, None, -6.0)
    told = episode_sentence(few, words)
    assert "<20" in told and "1.2%" not in told and "{" not in told


@pytest.mark.parametrize(("usual", "told"), [(0.0026, "<1.0%"), (0.997, ">99.0%")])
def test_what_few_do_on_usual_days_is_told_to_the_next_percent(usual: float, told: str) -> None:
    rare = episode_sentence(replace(BUG, usual=usual, is_usual_large=False), words_of("en", "EUR"))
    assert f"41.0% of the visits that came to the checkout met a failed payment, {told} on the days around" in rare
