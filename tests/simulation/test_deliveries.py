"""Deliveries are late as often as the truth says, channel by channel, and none is told before it happened."""

import json
from collections.abc import Callable
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

from insights.known import Known, Period
from insights.kpis.kpi_values import kpis

Ask = Callable[[str], list[tuple[Any, ...]]]
AT = datetime(2025, 1, 1)
YEAR = Period(datetime(2024, 1, 1), AT)


def test_the_share_of_late_deliveries_by_channel_is_the_truths(folder: Path, ask: Ask, known: Known) -> None:
    truth = json.loads((folder / "truth" / "world.json").read_text())["late_deliveries"]
    rows = kpis(known, YEAR, names=["late_deliveries", "delivery_time"], by=["channel"]).to_pylist()
    found = {row["channel"]: row["value"] for row in rows if row["kpi"] == "late_deliveries"}
    sent = dict(ask("SELECT channel, count(delivered_at) FROM orders WHERE fulfilment = 'delivery' GROUP BY 1"))
    assert set(found) == {name for name, share in truth.items() if share} == set(sent)
    for channel, share in found.items():
        chance = truth[channel]
        assert abs(share - chance) < 3.5 * sqrt(chance * (1 - chance) / sent[channel]), channel
    days = {row["channel"]: row["value"] for row in rows if row["kpi"] == "delivery_time"}
    assert max(days, key=lambda channel: days[channel]) == "live"


def test_nothing_comes_before_it_was_ordered_nor_after_the_export(ask: Ask) -> None:
    wrong = "delivered_at <= happened_at OR delivered_at >= '2025-01-01 06:00:00' OR promised_at <= happened_at"
    assert ask(f"SELECT count(*) FROM orders WHERE kind = 'order' AND ({wrong})") == [(0,)]
    told = "promised_at IS NOT NULL OR delivered_at IS NOT NULL"
    assert ask(f"SELECT count(*) FROM orders WHERE ({told}) AND (kind = 'return' OR fulfilment <> 'delivery')") == [
        (0,)
    ]


def test_what_was_cancelled_never_comes(ask: Ask) -> None:
    back = "orders o JOIN orders r ON r.of_order_id = o.order_id"
    assert ask(f"SELECT count(*) FROM {back} WHERE r.happened_at <= o.delivered_at") == [(0,)]
    (still,), *_ = ask(f"SELECT count(*) FROM {back} WHERE o.fulfilment = 'delivery' AND o.delivered_at IS NULL")
    assert still > 50
