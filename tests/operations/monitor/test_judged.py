"""A night's scores beside what happened: silent where they hold, and naming what is off where they do not."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decisions.actions import LEAVE_ALONE
from features.engine import DuckDB
from operations import home
from operations.monitor.judged import judged
from scoring.verified_files import digest
from tests.operations.monitor.watched_shop import (
    AS_OF,
    AT,
    a_night,
    shown_in_training,
    silence_rule,
    stands_for,
)


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def look(watched, engine, monkeypatch, tmp_path, *, at=AT, previous=False, **spoilt):
    training = shown_in_training(watched, silence_rule(watched))
    model = silence_rule(watched, **spoilt)
    a_night(watched, model)
    stands_for(monkeypatch, watched, model, training, previous=previous)
    return judged(watched, at, mlruns=tmp_path, engine=engine)


def test_scores_that_hold_are_told_beside_training_and_ask_for_nothing(watched, engine, monkeypatch, tmp_path):
    found = look(watched, engine, monkeypatch, tmp_path)
    assert found.findings == ()
    assert found.not_checked == {}
    everybody = {one.metric: one for one in found.figures if one.grouping == "all"}
    assert set(everybody) >= {"auc", "log_loss", "calibration_error"}
    assert everybody["auc"].low < everybody["auc"].found < everybody["auc"].high
    assert abs(everybody["auc"].found - everybody["auc"].expected) < 0.05
    assert {one.grouping for one in found.figures} >= {"all", "stage"}


def test_the_same_order_at_another_level_asks_to_recalibrate(watched, engine, monkeypatch, tmp_path):
    found = look(watched, engine, monkeypatch, tmp_path, shift=1.0)
    assert {(one.code, one.advice) for one in found.findings} == {("not_calibrated", "recalibrate")}
    facts = found.findings[0].facts
    assert facts["mean"] > facts["share"] + 0.1


@pytest.mark.parametrize(("previous", "advice"), [(True, "roll_back"), (False, "retrain")])
def test_scores_worse_than_one_rate_for_all_ask_to_roll_back(watched, engine, monkeypatch, tmp_path, previous, advice):
    found = look(watched, engine, monkeypatch, tmp_path, tilt=-1.0, previous=previous)
    told = {one.code: one.advice for one in found.findings}
    assert told["ranks_worse"] == "retrain"
    assert told["worse_than_one_rate"] == advice


def test_a_window_still_open_is_not_judged(watched, engine, monkeypatch, tmp_path):
    found = look(watched, engine, monkeypatch, tmp_path, at=AS_OF + timedelta(days=27))
    assert (found.figures, found.findings, found.not_checked) == ((), (), {"outcomes:churn": "window_open"})


def test_a_score_file_that_was_changed_is_named_and_not_judged(watched, engine, monkeypatch, tmp_path):
    model = silence_rule(watched)
    path = a_night(watched, model)
    pq.write_table(pq.read_table(path).slice(1), path)
    stands_for(monkeypatch, watched, model, {})
    found = judged(watched, AT, mlruns=tmp_path, engine=engine)
    assert [(one.code, one.advice) for one in found.findings] == [("scores_damaged", "mend_feed")]
    assert found.figures == ()


def test_what_our_own_actions_moved_is_not_taken_for_the_models_fault(watched, engine, monkeypatch, tmp_path):
    """Half of all customers, drawn by lot, got a voucher and came back at once; the others went on as before."""
    training = shown_in_training(watched, silence_rule(watched))
    model = silence_rule(watched)
    ids = pq.read_table(a_night(watched, model))["customer_id"].to_pylist()
    treated = np.random.default_rng(1).permutation(ids)[: len(ids) // 2].tolist()
    stands_for(monkeypatch, watched, model, training)
    decided(watched, ids, set(treated))
    found = judged(with_orders_of(watched, treated, tmp_path / "later"), AT, mlruns=tmp_path, engine=engine)
    told = {one.code: one.advice for one in found.findings}
    assert told == {"moved_by_actions": "wait"}
    errors = {one.group: one.found for one in found.figures if one.metric == "brier" and one.grouping == "treatment"}
    assert errors["treated"] > errors["untreated"] + 0.05


def decided(shop, ids, treated):
    path = home.decisions(shop, AS_OF)
    path.parent.mkdir(parents=True)
    actions = ["voucher" if one in treated else LEAVE_ALONE for one in ids]
    pq.write_table(pa.table({"customer_id": ids, "action": actions}), path)
    path.with_suffix(".manifest.json").write_text(json.dumps({"files": {path.name: {"sha256": digest(path)}}}))


def with_orders_of(shop, customers, folder):
    """The shop with one more order of each of these customers, on the day after the night."""
    folder.mkdir()
    given = pq.read_table(shop.path("orders"))
    day = AS_OF + timedelta(days=1, hours=9)
    like = given.slice(0, 1).to_pylist()[0] | {"happened_at": day, "known_at": day, "kind": "order"}
    rows = [like | {"order_id": f"more-{one}", "customer_id": one} for one in customers]
    pq.write_table(pa.concat_tables([given, pa.Table.from_pylist(rows, given.schema)]), folder / "orders.parquet")
    return replace(shop, data=folder)
