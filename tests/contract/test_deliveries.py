"""What callers send: a result a row, corrections, names of deliveries, all five ledgers."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.contract import responses as answers
from serving.state.overlay import id_hash
from tests.contract.test_writing import ask, kpis
from tests.serving.asgi import Caller
from tests.serving.tiny import TODAY

AT = f"{TODAY}T10:00:00"
ORDER = {"order_id": "d-1", "customer_id": "C-1", "happened_at": AT, "amount": "25.50"}
VISIT = {"customer_id": "C-1", "happened_at": AT, "channel": "web", "kind": "visit"}
MESSAGE = {
    "message_id": "s-1",
    "customer_id": "C-1",
    "happened_at": AT,
    "channel": "email",
    "arm": "policy",
    "cost": 0.05,
}
RESPONSE = {"message_id": "s-1", "happened_at": AT, "kind": "click"}
TICKET = {"ticket_id": "t-1", "customer_id": "C-1", "happened_at": AT, "topic": "delivery"}
ALL = {"touchpoints": [VISIT], "orders": [ORDER], "messages": [MESSAGE], "responses": [RESPONSE], "tickets": [TICKET]}


@pytest.fixture
def two(own, worker_of):
    return worker_of(own), worker_of(own)


def statuses(worker, **body):
    found = ask(worker, "events", **body)
    answers.EventsAnswer.model_validate_json(
        json.dumps({"results": found, "as_of": "", "model_versions": {}, "request_id": ""})
    )
    return [one["status"] for one in found]


def kept(worker):
    rows = worker.state.read("SELECT ledger, customer_id, row FROM events ORDER BY seq")
    return [(ledger, who, json.loads(row)) for ledger, who, row in rows]


# ledgers


def test_every_ledger_is_taken_and_a_response_finds_a_message_told_before(two):
    assert ask(two[0], "events", **ALL)[0]["accepted"] == 5
    assert statuses(two[1], **{**ALL, "partial": True}) == ["duplicate"] * 5
    later = {**RESPONSE, "kind": "open"}
    assert ask(two[1], "events", responses=[later])[0]["accepted"] == 1
    found = kept(two[0])
    assert Counter(ledger for ledger, _, _ in found)["responses"] == 2
    assert found[-1][1] == "C-1"  # through the message, which no night has seen
    told = ask(two[1], "profile", customer_id="C-1")[0]["timeline"]
    assert {one["what"] for one in told} == set(ALL)
    closed = {**TICKET, "closed_at": AT, "satisfaction": 2}
    assert statuses(two[0], tickets=[closed], partial=True) == ["accepted"]  # another version of the case


@pytest.mark.parametrize("field, value", [("propensity", 1.5), ("arm", "lucky"), ("cost", "-1"), ("channel", "E mail")])
def test_a_message_is_held_to_the_contract(two, field, value):
    error = ask(two[0], "events", 400, messages=[{**MESSAGE, field: value}])
    assert error["field"] == f"messages[0].{field}"


# corrections


def test_the_same_order_with_another_amount_is_a_correction_for_every_worker(two):
    ask(two[0], "events", orders=[ORDER])
    assert kpis(two[1], "C-1")["spend"] == 35.5
    again = ask(two[1], "events", orders=[{**ORDER, "amount": "25.5"}])[0]
    assert (again["duplicates"], again["corrected"]) == (1, 0)  # the same, written otherwise
    fixed = ask(two[1], "events", orders=[{**ORDER, "amount": "2.50"}])[0]
    assert (fixed["corrected"], fixed["accepted"], fixed["duplicates"]) == (1, 0, 0)
    for worker in two:
        assert (kpis(worker, "C-1")["spend"], kpis(worker, "C-1")["orders"]) == (12.5, 2)
    assert [row["amount"] for _, _, row in kept(two[0])] == ["2.50"]


def test_a_correction_may_move_an_order_to_another_customer(two):
    ask(two[0], "events", orders=[ORDER])
    for worker in two:
        kpis(worker, "C-1")
    ask(two[1], "events", orders=[{**ORDER, "customer_id": "C-2"}])
    for worker in two:
        assert (kpis(worker, "C-1")["spend"], kpis(worker, "C-2")["spend"]) == (10.0, 35.5)
    assert "C-1" not in json.dumps(kept(two[0]))  # erasing the one leaves nothing with the other


def test_a_correction_of_an_order_of_history_counts_instead_of_it(two):
    exported = {**ORDER, "order_id": "o-C-1", "happened_at": "2025-12-23T10:00:00", "amount": "10.00"}
    ask(two[0], "events", orders=[exported])
    assert kpis(two[0], "C-1")["spend"] == 10.0
    ask(two[0], "events", orders=[{**exported, "amount": "4.00"}])
    for worker in two:
        assert (kpis(worker, "C-1")["spend"], kpis(worker, "C-1")["orders"]) == (4.0, 1)


# a result a row


def test_with_partial_every_row_has_its_result_and_the_rest_is_kept(two):
    rows = [
        ORDER,
        {**ORDER, "order_id": "d-2", "amount": "a lot"},
        {**ORDER, "order_id": "d-3", "happened_at": "2026-02-01T00:00:00"},
        {**ORDER, "order_id": "d-4", "happened_at": "2026-01-31T23:59:59"},
        {"order_id": "d-5"},
    ]
    ask(two[0], "erase", customer_id="C-9")
    body = {"orders": rows, "touchpoints": ["what", {**VISIT, "customer_id": "C-9"}], "partial": True}
    found = ask(two[1], "events", **body)
    assert [(one["row"], one["status"]) for one in found] == [
        ("touchpoints[0]", "refused"), ("touchpoints[1]", "suppressed"), ("orders[0]", "accepted"),
        ("orders[1]", "refused"), ("orders[2]", "refused"), ("orders[3]", "accepted"), ("orders[4]", "refused"),
    ]  # fmt: skip
    told = {one["row"]: one for one in found if one["status"] == "refused"}
    assert told["orders[1]"]["field"] == "orders[1].amount" and "decimal" in told["orders[1]"]["message"]
    assert told["orders[2]"] == {
        "row": "orders[2]", "status": "refused", "code": "invalid_field", "field": "orders[2].happened_at",
        "message": "orders[2].happened_at must not lie after today.",
    }  # fmt: skip
    assert [row["order_id"] for _, _, row in kept(two[0])] == ["d-1", "d-4"]
    assert ask(two[0], "events", 400, **{**body, "partial": False})["field"] == "touchpoints[0]"


def test_partial_keeps_every_digit_and_survives_whatever_a_row_is(two):
    good = f'{{"order_id": "x", "customer_id": "C-1", "happened_at": "{AT}", "amount": 999999999.9999}}'
    bad = ['{"amount": 1e999}', '{"amount": ' + "9" * 300 + "}", "null", "[]", '"\\u6771"', '{"a": NaN}', "1E+5"]
    text = f'{{"orders": [{", ".join([good, *bad])}], "partial": true}}'
    answer = Caller(two[0].application).post(
        "/v1/events", content=text.encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in answer.json()["results"]] == ["accepted"] + ["refused"] * len(bad)
    assert kept(two[0])[0][2]["amount"] == "999999999.9999"


def test_what_is_wrong_with_the_whole_is_refused_also_with_partial(two):
    for body in ({"partial": True}, {"partial": "yes", "orders": [ORDER]}, {"partial": True, "orders": [ORDER], "x": 1},
                 {"partial": True, "orders": [ORDER] * 1_001}, {"partial": True, "orders": ORDER}):  # fmt: skip
        assert ask(two[0], "events", 400, **body)["field"]
    assert statuses(two[0], orders=[{}], partial=True) == ["refused"]
    assert kept(two[0]) == []


# names of deliveries


def test_a_delivery_sent_again_gets_the_same_answer_and_nothing_twice(two):
    headers = {"idempotency-key": "batch-7"}
    first = ask(two[0], "events", headers=headers, touchpoints=[VISIT], orders=[ORDER])
    assert ask(two[1], "events", headers=headers, touchpoints=[VISIT], orders=[ORDER]) == first
    assert first[0]["accepted"] == 2
    error = ask(two[1], "events", 409, headers=headers, orders=[ORDER])
    assert (error["code"], error["field"]) == ("conflict", "Idempotency-Key")
    assert ask(two[0], "events", headers={"idempotency-key": "batch-8"}, orders=[ORDER])[0]["duplicates"] == 1
    assert (
        ask(two[0], "events", 400, headers={"idempotency-key": "x" * 129}, orders=[ORDER])["field"] == "Idempotency-Key"
    )
    name, body = two[0].state.read("SELECT name, body FROM deliveries")[0]
    assert len(name) == len(body) == 16  # hashes: a key may hold a person's id


def test_a_delivery_sent_many_times_at_once_is_one(two):
    def send(i):
        answer = Caller(two[i % 2].application).post(
            "/v1/events", json={"orders": [ORDER]}, headers={"idempotency-key": "once"}
        )
        return answer.json()["results"]

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(send, range(12)))
    assert all(one == found[0] for one in found) and found[0][0]["accepted"] == 1


def test_a_refused_delivery_may_be_mended_under_its_name(two):
    headers = {"idempotency-key": "mended"}
    ask(two[0], "events", 400, headers=headers, orders=[{**ORDER, "amount": "?"}])
    assert ask(two[0], "events", headers=headers, orders=[ORDER])[0]["accepted"] == 1


# amounts


def test_amounts_no_sum_could_hold_are_refused_and_the_largest_ones_count(two):
    for amount in ("99999999999999.9999", "1000000000", -1e9, 1e12):
        assert ask(two[0], "events", 400, orders=[{**ORDER, "amount": amount}])["field"] == "orders[0].amount"
    rows = [{**ORDER, "order_id": f"big-{i}", "amount": "999999999.9999"} for i in range(1_000)]
    assert ask(two[0], "events", orders=rows)[0]["accepted"] == 1_000
    for call in ("decide", "churn", "next_purchase", "channel_preference", "recommend"):
        assert {one["status"] for one in ask(two[1], call, customer_ids=["C-1", "C-2"])} == {"ok"}
    assert kpis(two[1], "C-1")["orders"] == 1_001


def test_an_event_of_someone_erased_meanwhile_is_not_written(two, monkeypatch):
    monkeypatch.setattr(two[0].standing, "refresh", lambda: None)  # this worker has not heard of it yet
    with two[1].state.transaction() as con:
        con.execute("INSERT INTO erasures (id_hash, erased_at) VALUES (?, 'now')", (id_hash("C-1"),))
    assert ask(two[0], "events", orders=[ORDER])[0]["suppressed"] == 1
    assert kept(two[0]) == [] and Path(two[0].settings.home).is_dir()
