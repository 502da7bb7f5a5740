"""Every logged decision comes out the same when it is made again offline; a changed one does not."""

import json
import math
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from features.catalog import pick
from features.shop import Shop, ShopSettings
from operations import home as places
from operations.night import nightly
from operations.publish import exporter
from perennial.running import settings_for
from scoring.release import FeatureRef, Head, ReleasedModel, Steps, Term, write_model
from serving.calls.replay import replay
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.perennial.corner_shop import CUTOFF, ago, rule_model
from tests.serving.asgi import Caller
from tests.shops import by_mail, make_shop
from training.review.export import Champion

DECISIONS = int(os.environ.get("PERENNIAL_RECOMPUTED", "120"))
TODAY = date(2026, 5, 31)
WHO = [f"c{i}" for i in range(40)]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker over forty customers' night, asked and told things at random."""
    home = tmp_path_factory.mktemp("busy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERENNIAL_HOME", str(home))
        shop = shop_of_forty(home)
        models = {"churn": model_of_silence_and_gaps(), "next_purchase": model_of_spend()}
        champions = {
            task: Champion(home / task, write_model(one.model, {}, home / task), "3") for task, one in models.items()
        }
        exporter(shop)(champions)
        nightly.run(shop, CUTOFF, models, places.scores(shop, CUTOFF), serve=True)
        worker = Worker(settings_for(today=str(TODAY)), Metrics(CollectorRegistry()), lambda _: None)
        worker.start()
        talk(worker, random.Random(5))
        worker.decisions.close()
        yield worker
        worker.stop()


def shop_of_forty(home: Path) -> Shop:
    chance = random.Random(1)
    orders = [
        {"order_id": f"{who}-{i}", "customer_id": who, "happened_at": ago(chance.randint(1, 200)),
         "amount": chance.randint(500, 9_000) / 100, "channel": chance.choice(["web", "store"])}
        for who in WHO for i in range(chance.randint(1, 9))
    ]  # fmt: skip
    messages = [{"message_id": who, "customer_id": who, "happened_at": ago(20), "channel": "mail"} for who in WHO[:30]]
    data = home / "data"
    data.mkdir()
    made = make_shop(data, orders=orders, messages=messages)
    offer = {"code": "BACK5", "cost": 0.5}
    actions = {"win_back_voucher": {"cost": 0.0, "offer": offer, "assumed_effect": 0.05}}
    settings = ShopSettings(channels=by_mail(), margin=0.3, deciding={"actions": actions})
    return Shop(**{**vars(made), "name": "forty", "settings": settings})


def model_of_silence_and_gaps() -> ReleasedModel:
    columns = pick(["days_since_order", "gap_median_365d", "orders_90d", "spend_90d"])
    silence, gap, often, spend = (column.name for column in columns)
    steps = (Steps(silence, edges=(3.0, 10.0, 30.0, 60.0), values=(-2.0, -1.0, 0.0, 1.0, 2.0), missing=0.0),)
    terms = (Term(gap, 0.03, 20.0), Term(often, -0.2, 1.0), Term(spend, -0.1, math.log(50), log=True))
    head = Head("churn_probability", "logit", steps=steps, terms=terms)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in columns)
    return ReleasedModel(replace(rule_model().model, shop="forty", features=refs, heads=(head,)), "3")


def model_of_spend() -> ReleasedModel:
    (often,) = pick(["orders_90d"])
    heads = tuple(
        Head(name, link, intercept=level, terms=(Term(often.name, 0.1, 1.0),))
        for name, link, level in (
            ("order_probability", "logit", 0.0),
            ("expected_shopping_days", "log", 0.0),
            ("expected_spend", "log", 3.0),
        )
    )
    refs = (FeatureRef(often.name, often.fingerprint),)
    model = replace(rule_model().model, task="next_purchase", shop="forty", features=refs, heads=heads)
    return ReleasedModel(model, "3")


def talk(worker: Worker, chance: random.Random) -> None:
    caller, decided = Caller(worker.application), 0
    while decided < DECISIONS:
        who = chance.choice([*WHO, "newcomer"])
        order = {"order_id": f"n{chance.random()}", "customer_id": who, "amount": "12.50", "channel": "web",
                 "happened_at": (ago(0) - timedelta(hours=chance.randint(20, 900))).isoformat()}  # fmt: skip
        what = chance.random()
        if what < 0.15:
            path, body = "/v1/events", {"orders": [order]}
        elif what < 0.3:
            granted = chance.random() < 0.7
            path, body = (
                "/v1/consent",
                {"customer_id": who, "channel": "mail", "purpose": "contact", "granted": granted},
            )
        else:
            ids = sorted({who, *chance.sample(WHO, chance.randint(0, 3))})
            path, body = "/v1/decide", {"customer_ids": ids}
            if what > 0.9:
                body["events"] = {"orders": [order]}
            elif what > 0.8:
                body["context"] = chance.choice([{"channel": "mail"}, {"cart": ["P-1"]}, {"store_id": "S-1"}])
        answer = caller.post(path, json=body)
        assert answer.status_code == 200, answer.text
        decided += sum("action" in result for result in answer.json()["results"])


def test_every_decision_comes_out_as_it_was_logged(busy: Worker) -> None:
    found = replay(busy.settings, 10_000)
    equal = found.compared - len(found.differing)
    print(f"{found.compared:,} decisions and receipts made again offline: {equal:,} equal")
    assert found.compared >= DECISIONS and not found.skipped
    assert not found.differing
    rows = [json.loads(row) for (row,) in busy.state.read("SELECT row FROM decisions")]
    assert len({row["scores"]["churn_probability"] for row in rows}) > 20
    assert {row["action"] for row in rows} == {"leave_alone", "win_back_voucher"}
    assert {name for row in rows for name in row.get("context", ())} == {"channel", "cart", "store_id"}
    assert any(row["passed"] for row in rows) and any(row["known"]["events"] for row in rows)


def test_a_decision_that_was_made_otherwise_is_found(busy: Worker) -> None:
    seq, text = busy.state.read("SELECT seq, row FROM decisions ORDER BY seq LIMIT 1")[0]
    row = json.loads(text)
    row["scores"]["churn_probability"] += 1e-6
    row["known"]["consents"] = row["known"]["events"] = 0
    with busy.state.transaction() as con:
        con.execute("UPDATE decisions SET row = ? WHERE seq = ?", (json.dumps(row), seq))
    assert replay(busy.settings, 10_000).differing == {row["request_id"]: ("scores",)}


def test_decisions_of_other_releases_are_left_out(busy: Worker) -> None:
    with busy.state.transaction() as con:
        con.execute("""UPDATE decisions SET row = json_set(row, '$.release', 'another')""")
    found = replay(busy.settings, 50)
    assert (found.compared, dict(found.skipped)) == (0, {"made from another release or snapshot": 50})
