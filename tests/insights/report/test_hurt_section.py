"""What hurts stands at its touchpoint, in the journey's order, with the channel where it is worst."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pyarrow as pa
import pytest

from insights.known import known_shop
from insights.kpis.kpi_values import kpis
from insights.report.facts import Facts
from insights.report.hurt_section import hurt_sections
from insights.report.words import words_of
from tests.insights.kpi_shop import drawn
from tests.insights.kpis.test_kpi_values import AT, QUARTER
from tests.shops import make_shop


def facts(tmp_path: Path, reasons: list[tuple[str, str, int]], *tables: str) -> Facts:
    given = {name: rows for name, rows in drawn(1).items() if name in tables}
    with known_shop(make_shop(tmp_path, **given), AT) as known:
        now = {row["kpi"]: row["value"] for row in kpis(known, QUARTER).to_pylist()}
        channels = kpis(known, QUARTER, by=["channel"])
    return cast(Facts, SimpleNamespace(now=now, before={}, channels=channels, reasons=reasons))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_touchpoints_stand_in_the_order_of_a_journey(tmp_path: Path, language: str) -> None:
    words = words_of(language, "EUR")
    reasons = [("web", "shipping_cost", 40), ("app", "shipping_cost", 60), ("web", "changed_mind", 90)]
    found = facts(tmp_path, reasons, "orders", "touchpoints", "tickets", "customers")
    (page,) = hurt_sections(found, words)
    (table,) = page.tables
    places = ["search", "page", "checkout", "payment", "delivery", "delivery", "service", "service"]
    assert [row[0] for row in table.rows] == [words.name(place) for place in places]
    assert all(len(row) == len(table.header) for row in table.rows)
    assert table.rows[2][2] == "100" and table.rows[2][4:] == [words.name("app"), "60"]
    shares = {row["channel"]: row["value"] for row in found.channels.to_pylist() if row["kpi"] == "late_deliveries"}
    worst = max(shares, key=lambda channel: shares[channel])
    assert table.rows[4][4:] == [words.name(worst), words.numbers.share(shares[worst])]


def test_the_lowest_satisfaction_is_the_worst(tmp_path: Path) -> None:
    words = words_of("en", "EUR")
    found = facts(tmp_path, [], "orders", "tickets")
    stars = {row["channel"]: row["value"] for row in found.channels.to_pylist() if row["kpi"] == "satisfaction"}
    row = hurt_sections(found, words)[0].tables[0].rows[-1]
    assert row[1] == "satisfaction" and row[4] == words.name(min(stars, key=lambda channel: stars[channel]))


def test_a_shop_of_which_none_is_told_has_no_page() -> None:
    found = cast(Facts, SimpleNamespace(now={"orders": 5.0}, before={}, channels=pa.table({"kpi": []}), reasons=[]))
    assert hurt_sections(found, words_of("en", "EUR")) == []
