"""Calls that write: what is acknowledged is durable, counts at once on every worker, and can be taken back."""

import json
import time
from datetime import timedelta

import numpy as np
import pytest

from serving.contract import responses as answers
from serving.http.api_keys import add_key, remove_key
from serving.snapshot.block_digests import changing_rows
from serving.state.overlay import id_hash
from tests.serving.asgi import Caller
from tests.serving.tiny import CHANNELS, IDS, TODAY, settings_of

ORDER = {
    "order_id": "new-1",
    "customer_id": "C-1",
    "happened_at": f"{TODAY}T10:00:00",
    "amount": "25.50",
}


@pytest.fixture
def two(own, worker_of):
    """Two workers over one home, as BentoML would run them."""
    return worker_of(own), worker_of(own)


def ask(worker, call, status=200, headers=None, **body):
    answer = Caller(worker.application).post(f"/v1/{call}", json=body, headers=headers or {})
    assert answer.status_code == status, answer.text
    return answer.json()["results"] if status == 200 else answer.json()["error"]


def reason(result, feature):
    return [one["value"] for one in result["reasons"] if one["feature"] == feature]


def kpis(worker, customer_id):
    return ask(worker, "profile", customer_id=customer_id)[0]["kpis"]


def test_an_order_counts_in_the_next_call_of_every_worker(two):
    before = ask(two[1], "churn", customer_ids=["C-1"])[0]["probability"]
    assert ask(two[0], "events", orders=[ORDER])[0] == {
        "status": "ok", "received": 1, "accepted": 1, "corrected": 0, "duplicates": 0, "suppressed": 0,
    }  # fmt: skip
    for worker in two:
        assert ask(worker, "churn", customer_ids=["C-1"])[0]["probability"] != before
        found = kpis(worker, "C-1")
        assert (found["days_since_order"], found["orders"], found["spend"]) == (1, 2, 35.5)
    assert ask(two[0], "churn", customer_ids=["C-2"]) == ask(two[1], "churn", customer_ids=["C-2"])


def test_what_is_delivered_twice_counts_once(two):
    ask(two[0], "events", orders=[ORDER])
    again = ask(two[1], "events", orders=[ORDER, {**ORDER, "order_id": "new-2"}])[0]
    assert (again["accepted"], again["duplicates"]) == (1, 1)
    assert kpis(two[0], "C-1")["orders"] == 3


def test_an_order_history_has_already_counts_once(two):
    ask(two[0], "events", orders=[{**ORDER, "order_id": "o-C-1"}])
    assert kpis(two[0], "C-1")["orders"] == 1


def test_who_withdrew_profiling_in_an_export_is_suppressed_until_they_say_otherwise(own, worker_of):
    path = next(own.glob("snapshots/*/*/withdrawn.npy"))
    with changing_rows(path, 0, path.stat().st_size):
        withdrawn = np.load(path, mmap_mode="r+")
        withdrawn[IDS.index("C-3")] = 1  # by the first channel
        withdrawn.flush()
    worker = worker_of(own)
    assert ask(worker, "decide", customer_ids=["C-3"]) == [{"customer_id": "C-3", "status": "suppressed"}]
    ask(worker, "consent", customer_id="C-3", channel=CHANNELS[0], purpose="profiling", granted=True)
    assert ask(worker, "decide", customer_ids=["C-3"])[0]["status"] == "ok"


def test_a_response_finds_its_customer_through_the_message(two):
    opened = {"message_id": "m-C-1", "kind": "open", "happened_at": f"{TODAY}T10:00:00"}
    unheard = {**opened, "message_id": "never-sent"}
    assert ask(two[0], "events", responses=[opened, unheard])[0]["accepted"] == 2
    assert ask(two[1], "events", responses=[{**opened, "customer_id": "C-1"}])[0]["duplicates"] == 1
    timeline = ask(two[1], "profile", customer_id="C-1")[0]["timeline"]
    assert [(entry["what"], entry["kind"]) for entry in timeline] == [("responses", "open"), ("orders", "order")]
    kept = two[0].state.read("SELECT customer_id FROM events ORDER BY seq")
    assert kept == [("C-1",), (None,)]
    ask(two[1], "erase", customer_id="C-1")
    late = ask(two[0], "events", responses=[{**opened, "kind": "click"}])[0]
    assert late["accepted"] == 1  # nobody knows whose message it was any more
    assert two[0].state.read("SELECT count(*) FROM events WHERE customer_id IS NOT NULL") == [(0,)]


def test_events_survive_a_restart(own, worker_of):
    ask(worker_of(own), "events", orders=[ORDER])
    assert kpis(worker_of(own), "C-1")["orders"] == 2


def test_a_new_customer_is_known_from_their_first_order(two):
    assert ask(two[0], "churn", customer_ids=["fresh"])[0]["status"] == "unknown_customer"
    ask(two[0], "events", orders=[{**ORDER, "customer_id": "fresh"}])
    for worker in two:
        result = ask(worker, "decide", customer_ids=["fresh"])[0]
        assert (result["status"], result["eligible"], result["channel"]) == ("ok", True, None)
    assert ask(two[1], "recommend", customer_ids=["fresh"], k=2)[0]["items"][0]["kind"] == "discovery"


def test_events_passed_with_a_call_count_in_that_call_only(two):
    plain = ask(two[0], "decide", customer_ids=["C-1"])[0]["scores"]
    passed = ask(two[0], "decide", customer_ids=["C-1", "C-2"], events={"orders": [ORDER]})
    assert passed[0]["scores"] != plain
    assert ask(two[0], "decide", customer_ids=["C-1"])[0]["scores"] == plain
    assert passed[1]["scores"] == ask(two[0], "decide", customer_ids=["C-2"])[0]["scores"]


def test_moments_mean_the_shops_own_clock(two):
    ask(two[0], "events", orders=[{**ORDER, "happened_at": f"{TODAY - timedelta(days=1)}T20:00:00Z"}])
    assert kpis(two[0], "C-1")["days_since_order"] == 1  # four in the morning in Shanghai, the day after


@pytest.mark.parametrize("at", [f"{TODAY + timedelta(days=1)}T00:00:00", "2199-12-31T23:59:59-23:00"])
def test_the_future_is_refused(two, at):
    error = ask(two[0], "events", 400, orders=[ORDER, {**ORDER, "happened_at": at}])
    assert error["field"] == "orders[1].happened_at"
    assert ask(two[0], "events", orders=[ORDER])[0]["accepted"] == 1  # nothing of the refused call was kept


def test_an_objection_counts_in_the_next_call_of_every_worker(two):
    every = [f"C-{i}" for i in range(100)]
    reached = {
        one["customer_id"]: one["contact"][0]["channel"]
        for one in ask(two[0], "channel_preference", customer_ids=every)
        if one["contact"]
    }
    who, channel = next(iter(reached.items()))
    ask(two[0], "consent", customer_id=who, channel=channel, purpose="contact", granted=False)
    for worker in two:
        left = ask(worker, "channel_preference", customer_ids=[who])[0]["contact"] or []
        assert channel not in {one["channel"] for one in left}
    ask(two[1], "consent", customer_id=who, channel=channel, purpose="contact", granted=True)
    assert channel in {one["channel"] for one in ask(two[0], "channel_preference", customer_ids=[who])[0]["contact"]}


def test_consent_alone_does_not_make_a_customer_reachable(two, own):
    for one in ask(two[0], "channel_preference", customer_ids=[f"C-{i}" for i in range(20)]):
        had = {contact["channel"] for contact in one["contact"] or []}
        if "mail" not in had:
            ask(two[0], "consent", customer_id=one["customer_id"], channel="mail", purpose="contact", granted=True)
            again = ask(two[1], "channel_preference", customer_ids=[one["customer_id"]])[0]["contact"] or []
            assert {contact["channel"] for contact in again} == had
            return
    raise AssertionError("everyone could be reached by mail")


def test_withdrawn_profiling_suppresses_until_it_is_granted_again(two):
    word = {"customer_id": "loyalty-0", "channel": "web", "purpose": "profiling"}
    ask(two[0], "consent", **word, granted=False)
    for call in ("decide", "churn", "next_purchase", "channel_preference", "recommend"):
        for asked in ("C-0", "loyalty-0"):
            assert ask(two[1], call, customer_ids=[asked]) == [{"customer_id": asked, "status": "suppressed"}]
    ask(two[1], "consent", **word, granted=True)
    assert ask(two[0], "churn", customer_ids=["C-0"])[0]["status"] == "ok"


def test_erasure_reaches_every_call_file_and_row_and_may_be_repeated(two, own):
    ask(two[0], "events", orders=[{**ORDER, "customer_id": "C-0"}])
    ask(two[0], "consent", customer_id="C-0", channel="mail", purpose="contact", granted=True)
    ask(two[0], "decide", customer_ids=["C-0"])
    two[0].decisions.close()
    scores = own / "scores" / "test" / "2026-02-01"
    scores.mkdir(parents=True)
    (scores / "scores.csv").write_text("customer_id,churn\nC-0,0.5\nC-1,0.25\n")
    removed = ask(two[0], "erase", customer_id="loyalty-0")[0]["removed"]
    assert removed == {
        "events": 1, "archived_events": 0, "consents": 1, "decisions": 1, "snapshot": 2, "history": 2, "features": 0,
        "scores": 1,
    }  # fmt: skip
    for worker in two:
        for asked in ("C-0", "loyalty-0"):
            assert ask(worker, "decide", customer_ids=[asked])[0]["status"] == "unknown_customer"
        assert ask(worker, "decide", customer_ids=["C-1"])[0]["status"] == "ok"
    assert (scores / "scores.csv").read_text() == "customer_id,churn\nC-1,0.25\n"
    assert not [path for path in own.rglob("*") if path.is_file() and holds(path, b"C-0", b"loyalty-0")]
    assert set(ask(two[1], "erase", customer_id="loyalty-0")[0]["removed"].values()) == {0}


def holds(path, *ids):
    """Whether a file holds an id as a whole word; C-01 is another customer."""
    content = path.read_bytes()
    return any(
        content[at + len(one) : at + len(one) + 1] not in b"0123456789" or False
        for one in ids
        for at in places(content, one)
    )


def places(content, one):
    at = content.find(one)
    while at >= 0:
        yield at
        at = content.find(one, at + 1)


def test_an_erased_person_does_not_come_back(two):
    ask(two[0], "erase", customer_id="C-5")
    kept = ask(two[1], "events", orders=[{**ORDER, "customer_id": "C-5"}])[0]
    assert (kept["accepted"], kept["suppressed"]) == (0, 1)
    assert ask(two[1], "churn", customer_ids=["C-5"])[0]["status"] == "unknown_customer"


def test_a_killed_erasure_is_finished_at_the_next_start(own, worker_of):
    worker = worker_of(own)
    with worker.state.transaction() as con:  # what is on disk when the process dies after the first step
        con.execute(
            "INSERT INTO erasures (id_hash, erased_at, customer_id) VALUES (?, 'now', 'C-9')", (id_hash("C-9"),)
        )
    restarted = worker_of(own)
    deadline = time.monotonic() + 20
    while restarted.state.read("SELECT customer_id FROM erasures") != [(None,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert restarted.watcher.live.snapshot.find("C-9") == -1
    assert restarted.watcher.live.snapshot.find("C-10") >= 0


def test_decisions_are_kept_with_what_is_needed_to_judge_them(own, worker_of):
    worker = worker_of(own)
    answer = Caller(worker.application).post("/v1/decide", json={"customer_ids": ["loyalty-0", "nobody"]}).json()
    worker.decisions.close()
    rows = [json.loads(row) for (row,) in worker.state.read("SELECT row FROM decisions")]
    assert len(rows) == 1
    decided = answer["results"][0]
    assert rows[0]["customer_id"] == "C-0" and rows[0]["request_id"] == answer["request_id"]
    assert rows[0]["propensity"] == decided["propensity"] and rows[0]["model_versions"] == answer["model_versions"]
    assert rows[0]["release"] == "r1" and rows[0]["cutoff"] == "2026-02-01T00:00:00"


def test_a_profile_tells_all_that_is_known(two):
    ask(two[0], "events", orders=[ORDER])
    answer = Caller(two[0].application).post("/v1/profile", json={"customer_id": "C-1"})
    answers.ProfileAnswer.model_validate_json(answer.content)
    told = answer.json()["results"][0]
    assert told["timeline"][0]["what"] == "orders" and told["timeline"][0]["amount"] == "25.50"
    assert told["linked_identities"] == [id_hash("C-1").hex()]
    assert told["scores"]["churn"]["probability"] == ask(two[0], "churn", customer_ids=["C-1"])[0]["probability"]
    assert ask(two[0], "profile", customer_id="nobody") == [{"customer_id": "nobody", "status": "unknown_customer"}]


def test_keys_open_only_what_they_may_and_count_without_a_restart(two):
    body = {"customer_ids": ["C-1"]}
    assert ask(two[1], "churn", **body)[0]["status"] == "ok"
    reader = add_key(two[0].state, "crm", ["read"])
    assert ask(two[1], "churn", 401, **body)["code"] == "unauthorized"
    assert ask(two[1], "churn", 401, headers={"authorization": f"Bearer {reader}x"}, **body)["code"] == "unauthorized"
    for headers in ({"authorization": f"Bearer {reader}"}, {"x-api-key": reader}):
        assert ask(two[1], "churn", headers=headers, **body)[0]["status"] == "ok"
    assert ask(two[1], "erase", 403, headers=headers, customer_id="C-1")["code"] == "forbidden"
    assert Caller(two[0].application).get("/metrics").status_code == 401
    assert Caller(two[0].application).get("/readyz").status_code == 200
    newer = add_key(two[0].state, "crm", ["read", "write"])
    assert ask(two[1], "churn", 401, headers={"x-api-key": reader}, **body)["code"] == "unauthorized"
    assert ask(two[1], "churn", headers={"x-api-key": newer}, **body)[0]["status"] == "ok"
    assert remove_key(two[1].state, "crm")


def test_without_a_key_only_this_machine_is_answered(two):
    elsewhere = Caller(two[0].application, client=("10.0.0.7", 5))
    assert elsewhere.post("/v1/churn", json={"customer_ids": ["C-1"]}).status_code == 403
    assert elsewhere.get("/livez").status_code == 200


def test_a_caller_above_its_rate_waits_and_others_do_not(own, worker_of):
    worker = worker_of(own, rate=3)
    keys = [add_key(worker.state, name, ["read"]) for name in ("greedy", "modest")]
    statuses = [
        Caller(worker.application).post("/v1/churn", json={"customer_ids": ["C-1"]}, headers={"x-api-key": keys[0]})
        for _ in range(5)
    ]
    assert [answer.status_code for answer in statuses][:3] == [200] * 3
    assert statuses[-1].status_code == 429 and statuses[-1].headers["retry-after"] == "1"
    assert ask(worker, "churn", headers={"x-api-key": keys[1]}, customer_ids=["C-1"])[0]["status"] == "ok"


def test_two_workers_are_two(two, own):
    assert two[0].settings == two[1].settings == settings_of(own)
    assert two[0].state is not two[1].state
