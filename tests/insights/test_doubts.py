"""Odd data get a sentence each with the remedy, and the figures that can be told are told."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.ingest.facts import Finding
from features.ingest.steps.checks import BACKWARDS
from insights.doubts import Doubt, doubts
from insights.known import Period, known_shop
from insights.report.facts import gather
from insights.report.page import render
from insights.touchpoints.ways import paths_of
from tests.shops import make_shop

FIRST, DAY, AT = datetime(2026, 1, 1), datetime(2026, 3, 20), datetime(2026, 5, 1)
SPANS = (28, 60)
Rows = list[dict[str, Any]]


def orders(*channels: str) -> Rows:
    return [
        {"order_id": f"o{i}", "customer_id": f"c{i % 40}", "amount": 9, "channel": channels[i % len(channels)],
         "happened_at": FIRST + timedelta(hours=9 * i)} for i in range(300)
    ]  # fmt: skip


def visits(sessions: int = 300) -> Rows:
    """Two touches each, ten minutes apart."""
    return [
        {"customer_id": f"c{i % 40}", "channel": "web", "kind": kind, "session_id": f"s{i}", "device": "phone",
         "happened_at": FIRST + timedelta(hours=9 * i, minutes=10 * place)}
        for i in range(sessions) for place, kind in enumerate(("visit", "view"))
    ]  # fmt: skip


def endless() -> Rows:
    """Every second touch belongs to one session that lasts for months."""
    return [row | {"session_id": "for-ever"} if number % 2 else row for number, row in enumerate(visits())]


def stop(rows: Rows, column: str) -> None:
    """From a day on nobody states the column."""
    for row in rows:
        row[column] = row[column] if row["happened_at"] < DAY else None


def told(folder: Path, **tables: Rows) -> list[Doubt]:
    with known_shop(make_shop(folder, **tables), AT) as known:
        period = Period(AT - timedelta(days=91), AT)
        return doubts(known, period, None, paths_of(known, period))


def test_sound_data_raise_no_doubt(tmp_path: Path) -> None:
    assert told(tmp_path, orders=orders("web", "store"), touchpoints=visits()) == []


def test_one_channel(tmp_path: Path) -> None:
    assert told(tmp_path, orders=orders("web"), touchpoints=visits()) == [Doubt("one_channel", {"channel": "web"})]


def test_rows_that_were_refused_are_said_with_what_to_do(tmp_path: Path) -> None:
    findings = (
        Finding("orders", "known_at", BACKWARDS, 7, "o3"),
        Finding("orders", "amount", "text that is no number", 3, "o4"),
        Finding("orders", "happened_at", "a moment in the future", 2, "o5"),
        Finding("touchpoints", "store_id", "an unknown store", 9, "", "warning"),  # kept
    )
    shop = replace(make_shop(tmp_path, orders=orders("web", "store")), findings=findings)
    with known_shop(shop, AT) as known:
        facts = gather(known, None, *SPANS)
    assert facts.doubts == [
        Doubt("backwards", {"table": "orders"}, {"rows": 7}),
        Doubt("set_aside", {"table": "orders", "columns": "amount, happened_at"}, {"rows": 5}),
    ]
    page = render(facts, "en", *SPANS, None)
    assert "7 rows of orders were known before they happened, by known_at" in page and "Map known_at to" in page
    assert "for what stands in amount, happened_at" in page and "o4" not in page
    assert "早于发生时间" in render(facts, "zh", *SPANS, None)


def test_sessions_without_end(tmp_path: Path) -> None:
    (found,) = told(tmp_path, orders=orders("web", "store"), touchpoints=endless())
    assert (found.what, found.counts["sessions"]) == ("endless", 1) and found.counts["longest"] > 60


@pytest.mark.parametrize(("table", "column"), [("orders", "channel"), ("touchpoints", "device")])
def test_a_column_renamed_half_way_through_the_export(tmp_path: Path, table: str, column: str) -> None:
    tables = {"orders": orders("web", "store"), "touchpoints": visits()}
    stop(tables[table], column)
    (found,) = told(tmp_path, **tables)
    assert (found.what, found.named["table"], found.named["column"]) == ("stopped", table, column)
    assert DAY - timedelta(days=1) <= found.days["last"] < DAY
    assert found.counts["rows"] == sum(row[column] is None and row["happened_at"] < AT for row in tables[table])


def test_a_column_that_most_rows_never_stated_did_not_stop(tmp_path: Path) -> None:
    rare = [row | {"dwell_seconds": 5.0 if number == 9 else None} for number, row in enumerate(visits())]
    assert told(tmp_path, orders=orders("web", "store"), touchpoints=rare) == []


def test_each_is_a_sentence_with_its_remedy_and_the_rest_is_written(tmp_path: Path) -> None:
    """Renamed column, sessions without end, payments stamped before their visits, a period before the data, at once."""
    rows = endless()
    rows += [
        row | {"kind": "purchase", "happened_at": row["happened_at"] - timedelta(minutes=7)} for row in rows[:60:2]
    ]
    tables = {"orders": orders("web", "store"), "touchpoints": rows}
    stop(tables["touchpoints"], "device")
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        facts = gather(known, datetime(2025, 12, 1), *SPANS)
    assert {one.what for one in facts.doubts} == {"early", "endless", "stopped"}
    assert all((row["median_hours"] or 0.0) >= 0 for row in facts.moves.to_pylist())
    page = render(facts, "en", *SPANS, None)
    for says in ("the data begin on 1 January 2026: it is told from there", "a later --since",
                 "sessions last longer than a day", "Begin a new session_id after half an hour",
                 "touchpoints.device is stated until 19 March 2026", "coalesce(old_name, new_name)",
                 "Drop-off, in money", "Net sales"):  # fmt: skip
        assert says in page, says
    chinese = render(facts, "zh", *SPANS, None)
    for says in ("报告从该日起算", "请在半小时无动作后启用新的 session_id", "coalesce(old_name, new_name)"):
        assert says in chinese, says
    one_channel = replace(facts, doubts=[Doubt("one_channel", {"channel": "web"})])
    assert "goes through one channel (web)" in render(one_channel, "en", *SPANS, None)
