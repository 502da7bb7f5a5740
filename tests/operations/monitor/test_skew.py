"""What is served beside what would be built today: the same after a night, and named where the past was rewritten."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import operations.monitor.skew as monitored
from features.engine import DuckDB
from operations import home
from operations.monitor.skew import skew
from operations.monitor.wording import wording
from operations.night import nightly
from scoring.errors import ReleaseError
from serving.errors import SnapshotError
from serving.snapshot.recompute import HistoryMemoryError
from tests.operations.monitor.watched_shop import AS_OF, silence_rule


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


@pytest.fixture
def served(watched):
    nightly.run(watched, AS_OF, {"churn": silence_rule(watched)}, home.scores(watched, AS_OF), serve=True)
    return watched


def test_after_a_night_nothing_differs(served, engine):
    found = skew(served, AS_OF, engine=engine)
    assert (found.findings, found.not_checked) == ((), {})


def test_a_past_told_otherwise_since_is_named_with_the_share_of_customers(served, engine, tmp_path):
    """The orders of the last month were taken out of the exports."""
    (tmp_path / "other").mkdir()
    given = pq.read_table(served.path("orders"))
    until = pa.scalar(AS_OF - timedelta(days=30), given["happened_at"].type)
    pq.write_table(given.filter(pc.less(given["happened_at"], until)), tmp_path / "other" / "orders.parquet")
    found = skew(replace(served, data=tmp_path / "other"), AS_OF, engine=engine).findings
    told = {one.subject: one for one in found}
    assert {one.code for one in found} == {"rebuilt_differs"}
    assert told["days_since_order"].advice == "mend_feed"
    assert told["days_since_order"].facts["share"] > 0.3


def test_without_a_snapshot_or_with_a_later_one_nothing_is_compared(watched, engine):
    assert skew(watched, AS_OF, engine=engine).not_checked == {"skew": "no_snapshot"}
    nightly.run(watched, AS_OF, {"churn": silence_rule(watched)}, home.scores(watched, AS_OF), serve=True)
    assert skew(watched, AS_OF - timedelta(days=1), engine=engine).not_checked == {"skew": "snapshot_later"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HistoryMemoryError("too long"), "no_sql_memory"),
        (ReleaseError("another digest"), "no_sql_release"),
        (SnapshotError("orders.parquet cannot be read."), "no_sql_tables"),
    ],
)
def test_why_the_sql_cannot_be_run_is_told(served, engine, monkeypatch, error, code):
    def fails(*asked):
        raise error

    monkeypatch.setattr(monitored, "_alone", fails)
    assert skew(served, AS_OF, engine=engine).not_checked == {"skew:SQL": code}
    assert wording("en").reason(code) != wording("zh").reason(code)
