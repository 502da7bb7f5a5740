"""Tonight beside what was learnt: nobody on both sides, few false alarms on a shop that stays, what broke named."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.catalog import pick
from features.engine import DuckDB
from operations.monitor import drift as module
from operations.monitor.drift import Sides, drift, findings_of, lot_of, sides_of
from operations.monitor.permutation import Shift
from scoring.model import FeatureRef
from tests.operations.monitor.watched_shop import AS_OF, LEARNT, silence_rule

NAMES = ("days_since_order", "shopping_days_30d", "shopping_days_90d", "spend_30d", "spend_90d")


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def models(shop):
    """The rule, as if it looked at more columns, all with a window."""
    released = silence_rule(shop)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in pick(list(NAMES)))
    return {"churn": replace(released, model=replace(released.model, features=refs))}


def test_each_customer_is_asked_on_one_side_and_on_another_one_some_other_night(watched, engine, monkeypatch):
    seen = []
    kept = module._drawn

    def drawn(spine, salt, side, most):
        seen.append(set(kept(spine, salt, side, most)["customer_id"].to_pylist()))
        return kept(spine, salt, side, most)

    monkeypatch.setattr(module, "_drawn", drawn)
    for night in (AS_OF, AS_OF + timedelta(days=1)):
        sides_of(watched, night, models(watched), engine=engine)
    assert not seen[0] & seen[1]
    assert not seen[2] & seen[3]
    both = len(seen[0] & seen[2]) / len(seen[0])
    assert 0.35 < both < 0.65
    assert lot_of("a", "2026-06-01") != lot_of("a", "2026-06-02")


def test_a_shop_that_stays_as_it_is_alarms_on_no_column_with_a_window(watched, engine):
    found = drift(watched, AS_OF, models(watched), engine=engine)
    shifted = {one.column for one in found.shifts if one.alarm}
    assert not shifted & set(NAMES)
    assert {one.column for one in found.shifts} >= {*NAMES, "churn_probability"}


def test_a_feed_that_stopped_is_named_and_to_be_mended(watched, engine, tmp_path):
    """No order arrived for five weeks: everybody is silent for longer than 30 days."""
    (tmp_path / "cut").mkdir()
    given = pq.read_table(watched.path("orders"))
    until = pa.scalar(AS_OF - timedelta(days=35), given["happened_at"].type)
    pq.write_table(given.filter(pc.less(given["happened_at"], until)), tmp_path / "cut" / "orders.parquet")
    found = drift(replace(watched, data=tmp_path / "cut"), AS_OF, models(watched), engine=engine)
    told = {one.subject: (one.code, one.advice) for one in found.findings}
    assert told["shopping_days_30d"] == ("input_stuck", "mend_feed")
    assert told["churn_probability"] == ("answer_shifted", "retrain")


def test_too_few_customers_are_not_compared(watched, engine):
    assert drift(watched, AS_OF, models(watched), engine=engine, most=20).not_checked == {"drift": "too_few"}
    assert drift(watched, LEARNT, models(watched), engine=engine).not_checked == {"drift": "too_few"}


def shift(column, size=0.0, missing=0.0, alarm=True):
    return Shift(column, size, 0.0, missing, 0.005, alarm)


def sides():
    rows = np.array([[1, 2, 3, 4], [2, 3, 4, 5]], dtype=np.float32)
    return Sides(rows, rows, ("spend_90d", "messages_30d", "orders"), ("churn_probability",), frozenset({"orders"}))


@pytest.mark.parametrize(
    ("shifts", "told"),
    [
        ([shift("spend_90d", 0.6)], {"spend_90d": ("input_shifted", "wait")}),
        (
            [shift("spend_90d", 0.6), shift("churn_probability", 0.4)],
            {"spend_90d": ("input_shifted", "retrain"), "churn_probability": ("answer_shifted", "retrain")},
        ),
        ([shift("churn_probability", 0.1)], {"churn_probability": ("answer_shifted", "wait")}),
        ([shift("messages_30d", 0.2, missing=0.3)], {"messages_30d": ("input_missing", "mend_feed")}),
        ([shift("orders", 0.2, missing=-0.3)], {"orders": ("input_aged", "wait")}),  # healthy: more have one by now
        ([shift("spend_90d", 3.6)], {"spend_90d": ("input_elsewhere", "mend_feed")}),
        ([shift("orders", 3.6)], {"orders": ("input_aged", "wait")}),
        ([shift("orders", 3.6, alarm=False)], {}),
    ],
)
def test_what_moved_decides_what_to_do(shifts, told):
    assert {one.subject: (one.code, one.advice) for one in findings_of(shifts, sides())} == told


def test_many_columns_are_counted_instead_of_listed():
    many = [shift(f"c{number}", 0.3 + number / 100) for number in range(30)]
    found = findings_of(many, sides())
    assert [one.subject for one in found[:2]] == ["c29", "c28"]
    assert (len(found), found[-1].code, found[-1].facts) == (11, "more_shifted", {"columns": 20.0})
