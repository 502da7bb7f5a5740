"""What came of a night on a shop with all tables: channels, promotions and sends; who was sent anything is treated."""

import json
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from features.shop import open_shop
from features.spine import Spine
from operations import home as places
from operations.monitor.closed_windows import TREATMENT, Closed, closed_windows, fold_of
from operations.monitor.past_scores import past_nights
from scoring.model import Head, Model
from scoring.verified_files import digest
from simulation.world import simulate
from training.data.next_touch import first_touches
from training.evaluation.figures import figures
from training.tasks.channel_preference import CHANNEL_PREFERENCE
from training.tasks.channel_questions import questions_of
from training.tasks.next_step import NEXT_STEP
from training.tracking.registry import Version

HORIZON, ACTIVE = 28, 91


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    simulate(200, 8, 5, folder / "world")
    return open_shop(folder / "world", home=folder / "home")


def test_channels_are_judged_on_what_was_sent_promoted_and_bought(world, engine, monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    at = world.default_cutoff()
    as_of = at - timedelta(days=HORIZON)
    spine = Spine.active(world, [as_of], ACTIVE, engine=engine)
    asked = questions_of(world, spine, HORIZON, at, engine)
    ids = spine.rows["customer_id"].to_pylist()
    night(world, as_of, ids, {name: np.full(len(ids), 1 / len(one.answers)) for one in asked for name in one.answers})
    (given,) = past_nights(world, at)
    closed = Closed(
        CHANNEL_PREFERENCE, Version("w.channel_preference", 1, "run", True, {}, {}), model(world, as_of), given
    )
    fold = fold_of(world, at, closed, engine)
    assert fold.customers.tolist() == ids
    found = figures(fold.truth, fold.answers, CHANNEL_PREFERENCE.metrics)
    assert {"promotion_log_loss", "purchase_log_loss", "contact_log_loss"} <= set(found)
    kinds = next(len(one.answers) for one in asked if one.name == "purchase")
    assert found["purchase_log_loss"] == pytest.approx(np.log(kinds))
    assert {"stage", "tenure", "channel", TREATMENT} <= set(fold.groups)
    sent = {
        row["customer_id"]
        for row in pq.read_table(world.path("messages")).to_pylist()
        if as_of <= row["happened_at"] < at and row["known_at"] < at and row["arm"] != "control"
    }
    assert 0 < len(sent & set(ids)) < len(ids)
    assert {one for one, arm in zip(ids, fold.groups[TREATMENT], strict=True) if arm == "treated"} == sent & set(ids)


def test_shares_are_judged_by_the_kinds_the_night_named_in_whatever_order(world, engine, monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    at = world.default_cutoff()
    as_of = at - timedelta(days=HORIZON)
    spine = Spine.active(world, [as_of], ACTIVE, engine=engine)
    purchase = next(one for one in questions_of(world, spine, HORIZON, at, engine) if one.name == "purchase")
    ids = spine.rows["customer_id"].to_pylist()
    told = dict(zip(purchase.answers, np.clip(purchase.outcome, 0.01, None).T, strict=True))
    named = dict(reversed(told.items()))  # what sold most when the model was trained sells least today
    named.popitem()  # and this kind came since
    night(world, as_of, ids, {**named, "purchase_gone": np.zeros(len(ids))})
    (given,) = past_nights(world, at)
    closed = Closed(
        CHANNEL_PREFERENCE, Version("w.channel_preference", 1, "run", True, {}, {}), model(world, as_of), given
    )
    fold = fold_of(world, at, closed, engine)
    for name, found in zip([*named, "purchase_gone"], fold.truth["purchase"].T, strict=True):
        place = purchase.answers.index(name) if name in purchase.answers else None
        assert found.tolist() == (np.zeros(len(ids)) if place is None else purchase.outcome[:, place]).tolist()


def test_a_version_the_registry_does_not_hold_is_told(world, engine, monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    at = world.default_cutoff()
    night(world, at - timedelta(days=HORIZON), ["nobody"], {"promotion_coupon": np.ones(1)})
    assert dict(closed_windows(world, at, tmp_path / "mlruns")) == {"channel_preference": "model_gone"}


def test_the_next_step_is_judged_on_the_first_touch_since(world, engine, monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    at = world.default_cutoff()
    as_of = at - timedelta(days=HORIZON)
    spine = Spine.active(world, [as_of], ACTIVE, engine=engine)
    ids, steps = spine.rows["customer_id"].to_pylist(), ("web:visit", "store:visit", "other", "none")
    night(world, as_of, ids, {f"next_step_{one}": np.full(len(ids), 0.25) for one in steps}, "next_step")
    (given,) = past_nights(world, at)
    model = Model(
        task="next_step", shop=world.name, model_kind="rules", horizon_days=HORIZON, active_within_days=ACTIVE,
        until=f"{as_of:%Y-%m-%d}", data_from="2025-01-01", cutoffs=(), features=(), derived=(), parameters={},
        heads=(Head("next_step", "softmax", kinds=steps),),
    )  # fmt: skip
    fold = fold_of(world, at, Closed(NEXT_STEP, Version("w.next_step", 1, "run", True, {}, {}), model, given), engine)
    first = first_touches(world, spine, HORIZON, at, engine=engine)
    assert fold.truth["next_step"][:, 3].tolist() == (first == "none").astype(float).tolist()
    assert 0 < fold.truth["next_step"][:, 0].sum() < len(ids)
    found = figures(fold.truth, fold.answers, NEXT_STEP.metrics)
    assert found["next_step_log_loss"] == pytest.approx(np.log(4))


def model(shop, as_of):
    return Model(
        task="channel_preference", shop=shop.name, model_kind="rules", horizon_days=HORIZON, active_within_days=ACTIVE,
        until=f"{as_of:%Y-%m-%d}", data_from="2025-01-01", cutoffs=(), features=(), derived=(), parameters={}, heads=(),
    )  # fmt: skip


def night(shop, as_of, ids, answers, task="channel_preference"):
    path = places.scores(shop, as_of)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"customer_id": ids, "eligible": [True] * len(ids), **answers}), path)
    told = {
        "as_of": as_of.isoformat(),
        "versions": {task: "1"},
        "models": {task: "ab"},
        "files": {path.name: {"sha256": digest(path)}},
    }
    path.with_suffix(".manifest.json").write_text(json.dumps(told))
