"""Who belongs where is what was known when the period began."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import perennial as pn
from features.errors import ShopError
from insights.known import Period, known_shop
from insights.lifecycle.groupings import groupings
from insights.lifecycle.stages import stages_at
from tests.shops import make_shop

AT, SINCE = datetime(2026, 5, 1), datetime(2026, 4, 1)


def order(number: int, who: str, day: datetime, amount: int = 9) -> dict[str, object]:
    return {"order_id": f"o{number}", "customer_id": who, "happened_at": day, "amount": amount}


def test_what_people_do_in_the_period_does_not_say_where_they_belong(tmp_path: Path) -> None:
    old = [order(i, "asleep", datetime(2025, 10, 1) + timedelta(days=7 * i)) for i in range(6)]
    now = [order(10, "asleep", datetime(2026, 4, 9), 999), order(11, "newcomer", datetime(2026, 4, 2))]
    people = [{"customer_id": "asleep", "gender": "f", "known_at": SINCE - timedelta(days=9)}]
    with known_shop(make_shop(tmp_path, orders=[*old, *now], customers=people), AT) as known:
        standing = stages_at(known.shop, [SINCE, AT], 28, 120, engine=known.engine)
        found = groupings(known, Period(SINCE, AT), standing)
    told = {name: dict(zip(one["customer_id"].to_pylist(), one["segment"].to_pylist(), strict=True))
            for name, one in found.items()}  # fmt: skip
    assert told["stage"]["newcomer"] == "newcomer"
    assert told["stage"]["asleep"] in ("dormant", "lost", "at_risk")
    assert "newcomer" not in told["rfm"] and set(told) == {"stage", "rfm", "gender"}


def test_a_grouping_nobody_gives_is_named_with_what_there_is(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=[order(i, f"c{i}", SINCE - timedelta(days=9 * i)) for i in range(30)])
    with pytest.raises(ShopError, match=r"tell people apart by 'gender'\. Choose one of stage, rfm"):
        pn.insights.journey(shop, SINCE, AT, by="gender")
