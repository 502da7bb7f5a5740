"""What a tier is given, and the channel that does not honour it: found by the report as the truth has it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from insights.known import Known, Period
from insights.touchpoints.consistency import consistency

Ask = Callable[[str], list[tuple[Any, ...]]]
AT = datetime(2025, 1, 1)


def test_the_right_that_stores_do_not_honour_is_found_and_no_other(folder: Path, known: Known) -> None:
    truth = json.loads((folder / "truth" / "world.json").read_text())["rights"]
    channels = {*truth["silver"]["honoured"]}
    planted = {
        (channel, other, tier, told["right"])
        for tier, told in truth.items()
        for channel in channels - {*told["honoured"]}
        for other in told["honoured"]
    }
    rows = consistency(known, Period(datetime(2024, 1, 1), AT)).to_pylist()
    found = {(r["channel"], r["other_channel"], r["tier"], r["right"]) for r in rows if r["what"] == "right"}
    assert found == planted and len(planted) == 4
    assert all(row["people"] >= 20 and row["cases"] > 20 for row in rows if row["what"] == "right")


def test_no_guest_has_a_right(ask: Ask) -> None:
    lines = "order_lines JOIN orders USING (order_id) WHERE benefit IS NOT NULL"
    assert ask(f"SELECT count(*) FROM {lines} AND customer_id IS NULL") == [(0,)]
    assert ask(f"SELECT count(*) FROM {lines} AND benefit = 'double_points' AND channel = 'store'") == [(0,)]
