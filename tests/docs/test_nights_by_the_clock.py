"""Cron runs the guides' own lines after midnight on yesterday's export: by the real clock, answers are fresh."""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from prometheus_client import CollectorRegistry

from scoring.clock import now
from serving.http.metrics import Metrics
from serving.settings import Settings
from serving.worker import Worker
from tests.perennial.conftest import DAYS, START, Perennial, home, orders, perennial  # noqa: F401
from tests.serving.asgi import Caller
from training.evaluation import figures

ZONE = "Europe/Berlin"
GUIDES = Path(__file__).parents[2] / "docs/guide"
LINE = re.compile(r"^ {4}(perennial (?:score|nightly) --shop my-shop)$", re.MULTILINE)
LINES = sorted({line for guide in ("operate.md", "nightly.md") for line in LINE.findall((GUIDES / guide).read_text())})


def today() -> datetime:
    return datetime.fromisoformat(f"{now().astimezone(ZoneInfo(ZONE)):%Y-%m-%d}")


@pytest.fixture
def yesterdays_export(home: Path) -> Iterator[Path]:  # noqa: F811
    """A shop whose newest order is of yesterday evening, as the export of last night has it."""
    day, folder = today(), home / "my-shop"
    folder.mkdir()
    (folder / "shop.toml").write_text(f'timezone = "{ZONE}"\n')
    table = orders(40)
    shift = day - timedelta(hours=2) - (START + timedelta(days=DAYS))
    moved = pc.add(table["happened_at"], pa.scalar(shift, pa.duration("us")))
    pq.write_table(table.set_column(2, "happened_at", moved), folder / "orders.parquet")
    yield folder
    if today() != day:
        pytest.skip("midnight passed during the test: yesterday's export was of the day before")


def test_the_guides_have_both_lines() -> None:
    assert LINES == ["perennial nightly --shop my-shop", "perennial score --shop my-shop"]


@pytest.mark.usefixtures("mlruns")
def test_answers_are_fresh_after_each_of_them(
    perennial: Perennial,  # noqa: F811
    yesterdays_export: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(figures, "_DRAWS", 20)
    assert perennial("train", "churn", "--shop", yesterdays_export).code == 0
    settings = Settings(home=yesterdays_export.parent / "home", shop="my-shop", host="127.0.0.1", port=3000)
    for line in LINES:
        ended = perennial(*shlex.split(line)[1:])
        assert ended.code == 0, ended.err
        worker = Worker(settings, Metrics(CollectorRegistry()), lambda _: None)
        worker.start()
        try:
            found = [one for call in ("churn", "decide") for one in answered(worker, call)]
        finally:
            worker.stop()
        assert {one["status"] for one in found} == {"ok"}, line
        assert not [one for one in found if "age_days" in one], line


def answered(worker: Worker, call: str) -> list[dict[str, object]]:
    body = {"customer_ids": [f"C{i}" for i in range(40)]}
    found: list[dict[str, object]] = Caller(worker.application).post(f"/v1/{call}", json=body).json()["results"]
    return found
