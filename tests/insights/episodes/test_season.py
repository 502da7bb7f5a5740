"""What came a year before, too, is the season; what did not is told with what the year before had."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.clocks import add_days
from features.shop import Shop
from insights.episodes.episodes import episodes
from insights.episodes.scan import OddStretch
from insights.episodes.season import is_season, is_year_seen
from insights.known import Period, known_shop
from tests.shops import make_shop

FIRST, AT = datetime(2024, 9, 1), datetime(2026, 1, 1)
PERIOD = Period(add_days(AT, -91), AT)
NOW, THEN = datetime(2025, 12, 5), datetime(2024, 12, 2)  # the feast lies three days earlier a year before
DAYS = 18


def market(folder: Path, *, before: bool, first: datetime = FIRST) -> Shop:
    """Forty orders a day through two channels; in these days more of them at the Christmas market's stall."""
    rng = np.random.default_rng(2)
    orders: list[dict[str, Any]] = []
    for day in range((AT - first).days):
        moment = add_days(first, day)
        many = any(begin <= moment < add_days(begin, DAYS) for begin in ((NOW, THEN) if before else (NOW,)))
        stall = rng.random(40) < (0.5 if many else 0.2)
        orders += [
            {"order_id": f"{day}-{i}", "customer_id": f"c{rng.integers(300)}", "amount": 4,
             "channel": "stall" if stall[i] else "store", "happened_at": moment + timedelta(hours=9)}
            for i in range(40)
        ]  # fmt: skip
    return make_shop(folder, orders=orders)


def test_a_market_that_was_held_a_year_before_too_is_no_story(tmp_path: Path) -> None:
    with known_shop(market(tmp_path, before=True), AT) as known:
        assert is_year_seen(known, PERIOD)
        assert episodes(known, PERIOD) == []


def test_what_the_year_before_did_not_have_is_told_with_its_share(tmp_path: Path) -> None:
    with known_shop(market(tmp_path, before=False), AT) as known:
        (found,) = episodes(known, PERIOD)
    assert found.what == "orders" and abs((found.since - NOW).days) <= 2
    assert found.rate == pytest.approx(0.5, abs=0.06)
    assert found.year == pytest.approx(found.usual, abs=0.08)


def test_where_the_year_before_was_not_seen_it_is_told_without(tmp_path: Path) -> None:
    with known_shop(market(tmp_path, before=True, first=datetime(2024, 12, 1)), AT) as known:
        assert not is_year_seen(known, PERIOD)
        (found,) = episodes(known, PERIOD)
    assert found.what == "orders" and found.year is None


def stretch(score: float, part: float = 50.0, usual: float = 0.2) -> OddStretch:
    return OddStretch(0, 10, part, 100.0, usual, score, -20.0)


@pytest.mark.parametrize(
    ("before", "season"),
    [
        (stretch(9.0), True),
        (stretch(9.0, part=90.0), True),  # even more
        (stretch(2.0), False),  # not clearly
        (stretch(-9.0, part=5.0), False),  # the other way
        (stretch(9.0, part=28.0), False),  # much less
        (None, False),
    ],
)
def test_a_season_is_as_clear_the_same_way_and_about_as_much(before: OddStretch | None, season: bool) -> None:
    assert is_season(stretch(9.0), before) is season
