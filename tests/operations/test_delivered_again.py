"""A click told several times, by whichever way, counts once: in training, at night and in a call, for one person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from features.build.build import build
from features.catalog import pick
from features.engine import DuckDB, opened
from features.shop import Shop, ShopSettings
from features.spine import Spine
from operations import home
from operations.night import nightly
from operations.night.merge_events import absorb
from operations.publish import exporter
from perennial.running import settings_for
from scoring.release import FeatureRef, Head, ReleasedModel, Term, write_model
from serving.calls.replay import replay
from serving.contract.ledger_rows import ConsentRecord
from serving.http.metrics import Metrics
from serving.snapshot.snapshot import open_snapshot
from serving.state.database import State
from serving.state.received import read_written
from serving.worker import Worker
from tests.features.ingest import exports
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model
from tests.serving.asgi import Caller
from tests.shops import by_mail
from training.review.export import Champion

CLICKS = pick(["clicks_90d"])[0]
CLICK = {"message_id": "m1", "kind": "click", "happened_at": ago(2).isoformat()}
LATER = {**CLICK, "happened_at": (ago(2) + timedelta(seconds=2)).isoformat()}
WRONG = {**CLICK, "customer_id": "b"}  # the message went to a
WAYS = {
    "exported": ([CLICK], []),
    "exported twice": ([CLICK, LATER], []),
    "sent": ([], [CLICK]),
    "sent twice": ([], [CLICK, LATER]),
    "exported and sent": ([CLICK], [LATER, CLICK]),
    "sent under another's name": ([], [WRONG]),
    "exported, and sent under another's name": ([CLICK], [WRONG, LATER]),
}


Told = tuple[Worker, Shop, ReleasedModel]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Told]:
    """A worker over a night of the exports, which was then told the rest."""
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    exported, sent = WAYS[request.param]
    shop = exported_shop(tmp_path, exported)
    model, folder = clicking(shop), tmp_path / "model"
    exporter(shop)({"churn": Champion(folder, write_model(model.model, {}, folder), "3")})
    night(shop, model)
    worker = Worker(settings_for(today=str(date(2026, 5, 31))), Metrics(CollectorRegistry()), lambda _: None)
    worker.start()
    for row in sent:
        answer = Caller(worker.application).post("/v1/events", json={"responses": [row]})
        assert answer.status_code == 200, answer.text
    yield worker, shop, model
    worker.stop()


def exported_shop(folder: Path, clicks: list[dict[str, str]]) -> Shop:
    head = "order_id,customer_id,happened_at,amount\n"
    orders = head + "".join(f"o{i},{who},{ago(9)},10\n" for i, who in enumerate("ab"))
    messages = f"message_id,customer_id,happened_at,channel\nm1,a,{ago(3)},mail\nm2,b,{ago(3)},mail\n"
    others = [{**CLICK, "message_id": "m2", "kind": "open"}]  # so that every shop exports responses
    lines = "".join(f"{row['message_id']},{row['kind']},{row['happened_at']}\n" for row in [*others, *clicks])
    told = {"responses__csv": "message_id,kind,happened_at\n" + lines}
    shop = exports.opened(folder, orders__csv=orders, messages__csv=messages, **told)
    return replace(shop, settings=ShopSettings(channels=by_mail()))


def clicking(shop: Shop) -> ReleasedModel:
    head = Head("churn_probability", "logit", terms=(Term(CLICKS.name, -1.0, 0.0),))
    refs = (FeatureRef(CLICKS.name, CLICKS.fingerprint),)
    return ReleasedModel(replace(rule_model().model, shop=shop.name, features=refs, heads=(head,)), "3")


def night(shop: Shop, model: ReleasedModel) -> dict[str, float]:
    nightly.run(shop, CUTOFF, {"churn": model}, home.scores(shop, CUTOFF), serve=True)
    snapshot = open_snapshot(home.snapshots(shop))
    at = [column.name for column in snapshot.columns].index(CLICKS.name)
    return {who: float(snapshot.matrix[snapshot.find(who), at]) for who in "ab"}


def called(worker: Worker) -> dict[str, float]:
    live = worker.watcher.live
    assert live is not None
    rows = worker.standing.rows(live, ["a", "b"], {})
    at = live.names.index(CLICKS.name)
    return {who: float(rows.get(who, live.snapshot.matrix[live.snapshot.find(who)])[at]) for who in "ab"}


def trained(shop: Shop) -> dict[str, float]:
    with opened(DuckDB()) as engine:
        whole = absorb(shop, read_written(home.state(shop), CUTOFF), engine)
    rows = build(whole, Spine.of(["a", "b"], [CUTOFF]), [CLICKS]).to_pylist()
    return {row["customer_id"]: float(row[CLICKS.name]) for row in rows}


@pytest.mark.parametrize("told", WAYS, indirect=True)
def test_a_click_counts_once_and_for_whoever_was_sent_the_message(told: Told) -> None:
    worker, shop, model = told
    once = {"a": 1.0, "b": 0.0}
    decided = Caller(worker.application).post("/v1/decide", json={"customer_ids": ["a", "b"]})
    assert decided.status_code == 200, decided.text
    worker.decisions.close()
    assert called(worker) == once
    found = replay(worker.settings, 10)
    assert (found.compared, found.differing, found.skipped) == (2, {}, {})
    assert trained(shop) == once
    assert night(shop, model) == once


def test_a_refusal_sent_for_the_moment_of_an_exported_grant_closes_the_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))
    grant = {"customer_id": "a", "channel": "mail", "purpose": "contact", "granted": True, "happened_at": ago(5)}
    shop = corner_shop(tmp_path, consents=[{**grant, "known_at": ago(5)}])
    sent = [ConsentRecord("a", "mail", "contact", granted, ago(5).isoformat()) for granted in (True, False)]
    allowed = []
    for word in sent:
        State(home.state(shop)).add_consent(word)
        nightly.run(shop, CUTOFF, {"churn": rule_model()}, home.scores(shop, CUTOFF), serve=True)
        snapshot = open_snapshot(home.snapshots(shop))
        allowed.append(int(snapshot.facts.allowed[snapshot.find("a")]))
    assert allowed == [1, 0]
