"""The nightly run on a small shop and a model that is one table: files, snapshot, candidates – and again."""

import csv
import json
import shutil
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.build.mapped import mapped
from features.shop import Shop
from operations import home
from operations.night import nightly
from operations.night.nightly import Night
from operations.night.snapshot import snapshot_cutoff
from scoring.products.ranker import Ranker
from scoring.reasons.reason_files import texts_of
from serving.calls.recommend import Wanted, recommend
from serving.snapshot.candidates import read_candidates
from serving.snapshot.snapshot import NO_HOUR, open_snapshot
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model


def _run(three: Shop, cutoff: datetime = CUTOFF) -> Night:
    out = home.scores(three, cutoff)
    return nightly.run(three, cutoff, {"churn": rule_model()}, out, serve=True)


def test_scores_have_the_contracts_columns(three: Shop) -> None:
    table = pq.read_table(_run(three).files["parquet"])
    assert table.column_names == [
        *("customer_id", "eligible", "churn_probability", "order_probability", "expected_shopping_days"),
        *("expected_spend", "spend_p10", "spend_p50", "spend_p90"),
        *("next_order_p10", "next_order_p50", "next_order_p90"),
        *("model_kind_churn", "model_kind_next_purchase", "model_kind_channel_preference", "as_of"),
        *("version_churn", "version_next_purchase", "version_channel_preference"),
    ]
    rows = {row["customer_id"]: row for row in table.to_pylist()}
    assert {who: (row["eligible"], round(row["churn_probability"], 9)) for who, row in rows.items()} == {
        "a": (True, 0.1),
        "b": (False, 0.9),
        "=c": (True, 0.9),
    }
    assert rows["a"]["as_of"] == CUTOFF
    assert (rows["a"]["version_churn"], rows["a"]["model_kind_churn"], rows["a"]["version_next_purchase"]) == (
        "3",
        "rules",
        None,
    )


def test_the_csv_starts_no_formula_and_the_manifest_vouches(three: Shop) -> None:
    files = _run(three).files
    with files["csv"].open(newline="") as file:
        assert {row["customer_id"] for row in csv.DictReader(file)} == {"a", "b", "'=c"}
    manifest = json.loads(files["manifest"].read_text())
    assert (manifest["rows"], manifest["eligible"], manifest["versions"]) == (3, 2, {"churn": "3"})
    assert set(manifest["files"]) == {"scores.parquet", "scores.csv"}


def test_a_second_run_gives_the_same_bytes(three: Shop) -> None:
    first = {kind: path.read_bytes() for kind, path in _run(three).files.items()}
    assert {kind: path.read_bytes() for kind, path in _run(three).files.items()} == first


@pytest.mark.parametrize("at_once", [1, 2])
def test_files_are_the_same_bytes_however_many_customers_are_held_at_a_time(
    three: Shop, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = _run(three)
    before = {path: path.read_bytes() for path in (*whole.files.values(), *whole.decision_files.values())}
    shutil.rmtree(home.features(three))
    monkeypatch.setattr("operations.parts.AT_ONCE", at_once)
    monkeypatch.setattr("scoring.scorer._CHUNK", at_once)
    monkeypatch.setattr("operations.score.mapped", partial(mapped, at_once=at_once))
    _run(three)
    assert len(before) == 6 and {path: path.read_bytes() for path in before} == before


def test_the_snapshot_holds_reach_store_hour_and_features(three: Shop) -> None:
    _run(three)
    snapshot = open_snapshot(home.snapshots(three))
    facts, a, b, c = snapshot.facts, *(snapshot.find(who) for who in ("a", "b", "=c"))
    assert (snapshot.cutoff, snapshot.shop, facts.channels) == (CUTOFF, "corner-shop", ("mail",))
    assert facts.properties["mail"].contact == "existing customers" and facts.properties["mail"].quiet is None
    assert [int(facts.allowed[row]) for row in (a, b, c)] == [1, 1, 0]
    assert [facts.stores[facts.store[row]] for row in (a, b, c)] == ["1", "2", "1"]
    assert set(facts.hour.tolist()) == {NO_HOUR}  # letters know no hour
    silence = [column.name for column in snapshot.columns].index("days_since_order")
    assert snapshot.matrix[[a, b, c], silence].tolist() == [1, 200, 40]
    assert snapshot.find("nobody") == -1


def test_the_snapshot_holds_the_best_hour_of_every_weekday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """120 sends to a at eleven are answered every second time, as many to b at nineteen never."""
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    sends = [(who, n, ago(n + 1).replace(hour=hour)) for who, hour in (("a", 11), ("b", 19)) for n in range(120)]
    messages = [
        {"message_id": f"{who}{n}", "customer_id": who, "happened_at": at, "channel": "email"} for who, n, at in sends
    ]
    responses = [
        {"message_id": f"a{n}", "kind": "click", "happened_at": at} for who, n, at in sends if who == "a" and n % 2
    ]
    word = {"channel": "email", "purpose": "contact", "granted": True, "happened_at": ago(200)}
    consents = [{"customer_id": who, **word} for who in "ab"]
    shop = corner_shop(tmp_path, messages=messages, responses=responses, consents=consents)
    _run(shop)
    assert set(open_snapshot(home.snapshots(shop)).facts.hour.tolist()) == {19}
    assert open_snapshot(home.snapshots(shop)).facts.hours.tolist() == [[11] * 7] * 3


def test_candidates_are_own_first_then_popular_in_the_store(three: Shop) -> None:
    night = _run(three)
    snapshot = open_snapshot(home.snapshots(three))
    assert night.snapshot is not None
    candidates = read_candidates(night.snapshot, len(snapshot))
    assert candidates is not None
    from operations.publish import reason_texts

    texts = texts_of("en", reason_texts("en"))
    row = snapshot.find("b")
    wanted = Wanted(0, int(snapshot.facts.store[row]))
    (items,) = recommend(candidates.of([row]), Ranker(None), [wanted], 5, exclude=(), texts=texts)
    assert [(item["product_id"], item["kind"]) for item in items] == [("milk", "repeat"), ("tea", "discovery")]


def test_the_service_never_goes_back_in_time(three: Shop) -> None:
    assert _run(three).snapshot is not None
    assert _run(three, datetime(2026, 5, 1)).snapshot is None
    assert snapshot_cutoff(three) == CUTOFF


def test_a_place_that_cannot_be_written_leaves_nothing(three: Shop, tmp_path: Path) -> None:
    from features.errors import ShopError

    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ShopError, match=r"cannot write .*scores\.parquet"):
        nightly.run(three, CUTOFF, {"churn": rule_model()}, tmp_path / "file" / "scores.parquet", serve=True)
    assert not home.snapshots(three).exists()
