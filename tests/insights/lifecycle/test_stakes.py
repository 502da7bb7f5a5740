"""What is at stake is what such people spent, less what they kept spending before."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from decisions.stages import STAGES
from features.clocks import add_days
from insights.known import known_shop
from insights.lifecycle.stages import StageTable
from insights.lifecycle.stakes import SHORTEST, stakes, stretch
from tests.shops import make_shop

AT, DAYS = datetime(2026, 6, 1), 100
EARLIER = add_days(AT, -DAYS)
PEOPLE = 80


def order(number: int, person: int, moment: datetime, amount: int) -> dict[str, Any]:
    return {"order_id": f"o{number}", "customer_id": f"c{person:02}", "happened_at": moment, "amount": amount}


def standing() -> StageTable:
    """The first forty were at risk then, the last forty are now."""
    risk = STAGES.index("at_risk")
    codes = np.full((2, PEOPLE), STAGES.index("active"), dtype=np.int8)
    codes[0, :40], codes[1, 40:] = risk, risk
    return StageTable(pa.array([f"c{i:02}" for i in range(PEOPLE)]), (EARLIER, AT), codes)


def test_missing_is_what_was_not_kept_before(tmp_path: Path) -> None:
    before = [order(i, i, EARLIER - timedelta(days=5), 100) for i in range(40)]
    after = [order(100 + i, i, AT - timedelta(days=5), 100) for i in range(10)]
    now = [order(200 + i, i, AT - timedelta(days=50), 30) for i in range(40, 80)]
    with known_shop(make_shop(tmp_path, orders=before + after + now), AT) as known:
        (stake,) = stakes(known, standing(), DAYS, ["at_risk"])
    assert (stake.people, stake.spent, stake.kept) == (40, 1200.0, 0.25)
    assert stake.missing == pytest.approx(900.0)
    assert stake.missing_low is not None and stake.missing_high is not None
    assert 600 < stake.missing_low < 900 < stake.missing_high < 1200


def test_a_short_history_says_what_was_spent_and_no_more(tmp_path: Path) -> None:
    rows = [order(i, i, AT - timedelta(days=50), 30) for i in range(80)]
    with known_shop(make_shop(tmp_path, orders=rows), AT) as known:
        days = stretch(known)
        (stake,) = stakes(known, standing(), days, ["at_risk"])
    assert days == 25 < SHORTEST
    assert stake.missing is None


@pytest.mark.parametrize(("people", "told"), [(99, False), (100, True)])
def test_the_fifth_who_spent_most_is_told_from_twenty_people_on(tmp_path: Path, people: int, told: bool) -> None:
    rows = [order(i, i, AT - timedelta(days=50), 100 if i < 20 else 25) for i in range(people)]
    codes = np.full((2, people), STAGES.index("at_risk"), dtype=np.int8)
    here = StageTable(pa.array(sorted({row["customer_id"] for row in rows})), (EARLIER, AT), codes)
    with known_shop(make_shop(tmp_path, orders=rows), AT) as known:
        (stake,) = stakes(known, here, DAYS, ["at_risk"])
    assert stake.top_share == (0.5 if told else None)
