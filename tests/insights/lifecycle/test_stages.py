"""Stages at a cutoff follow from what was known then, as a plain loop over the orders says."""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from decisions.stages import STAGES, stage_of
from insights.lifecycle.stages import JOURNEY, LIFECYCLE, stages_at
from tests.shops import make_shop

HORIZON, ACTIVE_WITHIN = 28, 90
CUTOFFS = [datetime(2026, 3, 1), datetime(2026, 6, 1), datetime(2026, 9, 1)]


def drawn_orders(seed: int, people: int) -> list[dict[str, Any]]:
    """Orders of people of any pace; one in four is known late, one in ten is a return."""
    draw, rows = random.Random(seed), []
    for person in range(people):
        moment = datetime(2026, 1, 1) + timedelta(days=draw.uniform(0, 200))
        for _ in range(draw.choice([1, 2, 5, 9])):
            late = timedelta(days=draw.uniform(1, 60) if draw.random() < 0.25 else 0)
            amount = -5 if draw.random() < 0.1 else draw.randint(1, 90)
            rows.append({"order_id": f"o{len(rows)}", "customer_id": f"c{person}", "happened_at": moment,
                         "known_at": moment + late, "amount": amount})  # fmt: skip
            moment += timedelta(days=draw.expovariate(1 / draw.choice([5, 20, 70])))
    return rows


def plainly(rows: list[dict[str, Any]], person: str, cutoff: datetime) -> str | None:
    """The person's stage by a loop over their orders; None where nobody had met them."""
    met = [row for row in rows if row["customer_id"] == person and max(row["happened_at"], row["known_at"]) < cutoff]
    if not met:
        return None
    moments = sorted(row["happened_at"] for row in met if row["amount"] >= 0)
    if not moments:
        return stage_of({}, HORIZON, ACTIVE_WITHIN)
    days = sorted({moment.date() for moment in moments})
    values = {
        "orders": float(len(moments)),
        "shopping_days": float(len(days)),
        "days_since_order": float((cutoff.date() - days[-1]).days),
        "days_since_first_order": float((cutoff.date() - days[0]).days),
        "gap_last": float((days[-1] - days[-2]).days) if len(days) > 1 else math.nan,
    }
    return stage_of(values, HORIZON, ACTIVE_WITHIN)


def test_stages_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    rows = drawn_orders(3, 60)
    found = stages_at(make_shop(tmp_path, orders=rows), CUTOFFS, HORIZON, ACTIVE_WITHIN)
    told = {(row["customer_id"], row["cutoff"]): row["stage"] for row in found.rows().to_pylist()}
    asked = {(f"c{person}", cutoff): plainly(rows, f"c{person}", cutoff) for person in range(60) for cutoff in CUTOFFS}
    assert told == {key: stage for key, stage in asked.items() if stage is not None}
    assert len(set(told.values())) >= 6


def test_a_row_known_later_changes_no_earlier_stage(tmp_path: Path) -> None:
    rows = drawn_orders(4, 40)
    (tmp_path / "more").mkdir()
    late = [{**row, "order_id": f"late{i}", "known_at": CUTOFFS[1]} for i, row in enumerate(rows)]
    first, second = (
        stages_at(make_shop(folder, orders=orders), CUTOFFS[:2], HORIZON, ACTIVE_WITHIN)
        for folder, orders in ((tmp_path, rows), (tmp_path / "more", rows + late))
    )
    assert first.rows().equals(second.rows())


def test_who_only_looked_around_is_a_prospect(tmp_path: Path) -> None:
    visit = {"customer_id": "looker", "happened_at": datetime(2026, 2, 1), "channel": "web", "kind": "visit"}
    record = {"customer_id": "listed", "known_at": datetime(2026, 4, 1)}
    shop = make_shop(tmp_path, orders=drawn_orders(5, 3), touchpoints=[visit], customers=[record])
    rows = stages_at(shop, CUTOFFS[:2], HORIZON, ACTIVE_WITHIN).rows().to_pylist()
    prospects = [(row["customer_id"], row["cutoff"].month) for row in rows if row["stage"] == "prospect"]
    assert [one for one in prospects if not one[0].startswith("c")] == [("looker", 3), ("listed", 6), ("looker", 6)]


def test_nobody_before_the_first_order(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=drawn_orders(5, 3))
    found = stages_at(shop, [datetime(2025, 1, 1), CUTOFFS[2]], HORIZON, ACTIVE_WITHIN)
    assert found.counts[0].sum() == 0
    assert found.counts[1].sum() == 3


def test_every_stage_has_its_place_on_both_maps() -> None:
    assert set(JOURNEY) == set(STAGES) == set(LIFECYCLE)
    assert set(JOURNEY.values()) == {"awareness", "consideration", "purchase", "use", "advocacy"}
    assert set(LIFECYCLE.values()) == {"acquisition", "trial", "loyalty", "retention", "recovery"}
