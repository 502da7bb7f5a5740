"""The nightly run on a small shop and a model that is one table: files, snapshot, candidates – and again."""

import csv
import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.catalog import pick
from features.shop import Settings, Shop
from perennial import nightly, places
from perennial.nightly import Night
from serving.reasons import texts_of
from serving.recommend import read_candidates
from serving.release import FeatureRef, Head, Model, ReleasedModel, Steps
from serving.snapshot import open_snapshot
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)
SILENCE = pick(["days_since_order"])[0]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three customers: a (yesterday, store 1), b (200 days ago, store 2), =c (40 days ago, store 1)."""
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    bought = [("a", 1, "1", "milk"), ("a", 9, "1", "tea"), ("b", 200, "2", "milk"), ("=c", 40, "1", "tea")]
    orders = [
        {"order_id": str(i), "customer_id": who, "happened_at": _ago(days), "amount": 10, "store_id": store}
        for i, (who, days, store, _) in enumerate(bought)
    ]
    lines = [{"order_id": str(i), "product_id": product} for i, (*_, product) in enumerate(bought)]
    messages = [{"message_id": who, "customer_id": who, "happened_at": _ago(20), "channel": "mail"} for who in "ab"]
    folder = tmp_path / "corner-shop" / "data"
    folder.mkdir(parents=True)
    made = make_shop(folder, orders=orders, order_lines=lines, messages=messages)
    return Shop(**{**vars(made), "settings": Settings(contact={"mail": "existing customers"})})


def _ago(days: int) -> datetime:
    return CUTOFF - timedelta(days=days) + timedelta(hours=19)


def _model() -> ReleasedModel:
    """Churn: .1 within 30 days of silence, .9 beyond."""
    low, high = math.log(1 / 9), math.log(9)
    steps = Steps(SILENCE.name, edges=(30.0,), values=(low, high), missing=0.0)
    model = Model(
        task="churn",
        shop="corner-shop",
        rung="rules",
        horizon_days=28,
        active_within_days=91,
        until="2026-05-01",
        data_from="2025-01-01",
        cutoffs=("2026-04-01",),
        features=(FeatureRef(SILENCE.name, SILENCE.fingerprint),),
        derived=(),
        parameters={},
        heads=(Head("churn_probability", "logit", steps=(steps,)),),
    )
    return ReleasedModel(model, "3")


def _run(shop: Shop, cutoff: datetime = CUTOFF) -> Night:
    out = places.scores(shop, cutoff)
    return nightly.run(shop, cutoff, {"churn": _model()}, out, serve=True)


def test_scores_have_the_contracts_columns(shop: Shop) -> None:
    table = pq.read_table(_run(shop).files["parquet"])
    assert table.column_names == [
        *("customer_id", "eligible", "churn_probability", "order_probability", "expected_shopping_days"),
        *("expected_spend", "spend_p10", "spend_p50", "spend_p90"),
        *("next_order_p10", "next_order_p50", "next_order_p90"),
        *("rung_churn", "rung_next_purchase", "rung_channel_preference", "as_of"),
        *("version_churn", "version_next_purchase", "version_channel_preference"),
    ]
    rows = {row["customer_id"]: row for row in table.to_pylist()}
    assert {who: (row["eligible"], round(row["churn_probability"], 9)) for who, row in rows.items()} == {
        "a": (True, 0.1),
        "b": (False, 0.9),
        "=c": (True, 0.9),
    }
    assert rows["a"]["as_of"] == CUTOFF
    assert (rows["a"]["version_churn"], rows["a"]["rung_churn"], rows["a"]["version_next_purchase"]) == (
        "3",
        "rules",
        None,
    )


def test_the_csv_starts_no_formula_and_the_manifest_vouches(shop: Shop) -> None:
    files = _run(shop).files
    with files["csv"].open(newline="") as file:
        assert {row["customer_id"] for row in csv.DictReader(file)} == {"a", "b", "'=c"}
    manifest = json.loads(files["manifest"].read_text())
    assert (manifest["rows"], manifest["eligible"], manifest["versions"]) == (3, 2, {"churn": "3"})
    assert set(manifest["files"]) == {"scores.parquet", "scores.csv"}


def test_a_second_run_gives_the_same_bytes(shop: Shop) -> None:
    first = {kind: path.read_bytes() for kind, path in _run(shop).files.items()}
    assert {kind: path.read_bytes() for kind, path in _run(shop).files.items()} == first


def test_the_snapshot_holds_reach_store_hour_and_features(shop: Shop) -> None:
    _run(shop)
    snapshot = open_snapshot(places.snapshots(shop))
    facts, a, b, c = snapshot.facts, *(snapshot.find(who) for who in ("a", "b", "=c"))
    assert (snapshot.cutoff, snapshot.shop, facts.channels) == (CUTOFF, "corner-shop", ("mail",))
    assert [int(facts.allowed[row]) for row in (a, b, c)] == [1, 1, 0]
    assert [facts.stores[facts.store[row]] for row in (a, b, c)] == ["1", "2", "1"]
    assert set(facts.hour.tolist()) == {19}
    silence = [column.name for column in snapshot.columns].index("days_since_order")
    assert snapshot.matrix[[a, b, c], silence].tolist() == [1, 200, 40]
    assert snapshot.find("nobody") == -1


def test_candidates_are_own_first_then_popular_in_the_store(shop: Shop) -> None:
    night = _run(shop)
    snapshot = open_snapshot(places.snapshots(shop))
    assert night.snapshot is not None
    candidates = read_candidates(night.snapshot, len(snapshot))
    assert candidates is not None
    from perennial.releasing import reason_texts

    texts = texts_of("en", reason_texts("en"))
    row = snapshot.find("b")
    items = candidates.recommend(row, 5, store=int(snapshot.facts.store[row]), exclude=frozenset(), texts=texts)
    assert [(item["product_id"], item["kind"]) for item in items] == [("milk", "repeat"), ("tea", "discovery")]


def test_the_service_never_goes_back_in_time(shop: Shop) -> None:
    assert _run(shop).snapshot is not None
    assert _run(shop, datetime(2026, 5, 1)).snapshot is None
    assert nightly.snapshot_cutoff(shop) == CUTOFF


def test_a_place_that_cannot_be_written_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    from features.errors import ShopError

    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ShopError, match=r"cannot write .*scores\.parquet"):
        nightly.run(shop, CUTOFF, {"churn": _model()}, tmp_path / "file" / "scores.parquet", serve=True)
    assert not places.snapshots(shop).exists()
