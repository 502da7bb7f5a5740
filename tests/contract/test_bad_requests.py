"""What bad requests get: a 4xx with field and reason, one shape, and never a word of theirs back."""

import asyncio
import gzip
import json
import logging
import pickle

import pytest

from serving.contract import responses
from tests.serving.asgi import Caller

MARKER = "Marker-Person-4711"
OK = {"customer_ids": ["C-1"]}


def body(text):
    return text.encode() if isinstance(text, str) else text


def nested(depth, opening="[", closing="]"):
    return f'{{"customer_ids": {opening * depth}"{MARKER}"{closing * depth}}}'


BODIES = {
    "nothing": ("decide", "", 400, "body"),
    "blank": ("decide", "   ", 400, "body"),
    "null": ("decide", "null", 400, "body"),
    "list": ("decide", f'["{MARKER}"]', 400, "body"),
    "text": ("decide", f'"{MARKER}"', 400, "body"),
    "number": ("decide", "4711", 400, "body"),
    "cut": ("decide", f'{{"customer_ids": ["{MARKER}"', 400, "body"),
    "trailing": ("decide", json.dumps(OK) + MARKER, 400, "body"),
    "two objects": ("decide", json.dumps(OK) * 2, 400, "body"),
    "comment": ("decide", json.dumps(OK) + " // " + MARKER, 400, "body"),
    "single quotes": ("decide", f"{{'customer_ids': ['{MARKER}']}}", 400, "body"),
    "python": ("decide", f'{{"customer_ids": ["{MARKER}"], "context": None}}', 400, "body"),
    "deep list": ("decide", nested(50_000), 400, "body"),
    "deep object": ("decide", nested(5_000, '{"a":', "}"), 400, "body"),
    "modest nesting": ("decide", nested(3), 400, "customer_ids[0]"),
    "not a number": ("recommend", f'{{"customer_ids": ["{MARKER}"], "k": NaN}}', 400, "k"),
    "infinity": ("recommend", '{"customer_ids": ["1"], "k": Infinity}', 400, "k"),
    "1e999": ("recommend", '{"customer_ids": ["1"], "k": 1e999}', 400, "k"),
    "huge integer": ("recommend", '{"customer_ids": ["1"], "k": ' + "9" * 5_000 + "}", 400, None),
    "long integer": ("recommend", '{"customer_ids": ["1"], "k": 99999999999999999999}', 400, "k"),
    "lone surrogate": ("decide", '{"customer_ids": ["\\ud800"]}', 400, "body"),
    "low surrogate": ("decide", '{"customer_ids": ["\\udc00x"]}', 400, "body"),
    "raw surrogate": ("decide", b'{"customer_ids": ["\xed\xa0\x80"]}', 400, "body"),
    "latin-1": ("decide", b'{"customer_ids": ["\xe9"]}', 400, "body"),
    "utf-16": ("decide", json.dumps(OK).encode("utf-16"), 400, "body"),
    "byte order mark": ("decide", b"\xef\xbb\xbf" + json.dumps(OK).encode(), 400, "body"),
    "control character": ("decide", '{"customer_ids": ["a\\u0000b"]}', 400, "customer_ids[0]"),
    "line break": ("decide", '{"customer_ids": ["a\\nb"]}', 400, "customer_ids[0]"),
    "raw tab": ("decide", '{"customer_ids": ["a\tb"]}', 400, "body"),
    "no ids": ("decide", "{}", 400, "customer_ids"),
    "empty ids": ("decide", '{"customer_ids": []}', 400, "customer_ids"),
    "empty id": ("decide", '{"customer_ids": [""]}', 400, "customer_ids[0]"),
    "id too long": ("decide", json.dumps({"customer_ids": [MARKER * 20]}), 400, "customer_ids[0]"),
    "too many ids": ("decide", json.dumps({"customer_ids": [MARKER] * 101}), 400, "customer_ids"),
    "ids a string": ("decide", json.dumps({"customer_ids": MARKER}), 400, "customer_ids"),
    "ids an object": ("decide", json.dumps({"customer_ids": {MARKER: 1}}), 400, "customer_ids"),
    "id a number": ("decide", '{"customer_ids": ["1", 2]}', 400, "customer_ids[1]"),
    "id null": ("decide", '{"customer_ids": [null]}', 400, "customer_ids[0]"),
    "id true": ("decide", '{"customer_ids": [true]}', 400, "customer_ids[0]"),
    "id an object": ("decide", json.dumps({"customer_ids": [{"id": MARKER}]}), 400, "customer_ids[0]"),
    "wrapped": ("decide", json.dumps({"request": OK}), 400, None),
    "unknown field": ("decide", json.dumps({**OK, MARKER: 1}), 400, "body"),
    "prototype": ("decide", json.dumps({**OK, "__proto__": {"a": MARKER}}), 400, "body"),
    "context a list": ("decide", json.dumps({**OK, "context": [MARKER]}), 400, "context"),
    "unknown in context": ("decide", json.dumps({**OK, "context": {MARKER: 1}}), 400, "context"),
    "channel a sentence": ("decide", json.dumps({**OK, "context": {"channel": MARKER}}), 400, "context.channel"),
    "cart too long": ("decide", json.dumps({**OK, "context": {"cart": ["p"] * 201}}), 400, "context.cart"),
    "no events": ("decide", json.dumps({**OK, "events": {}}), 400, "events"),
    "events a list": ("decide", json.dumps({**OK, "events": [MARKER]}), 400, "events"),
    "event without time": (
        "decide",
        json.dumps({**OK, "events": {"orders": [{"order_id": MARKER, "customer_id": "1", "amount": 1}]}}),
        400,
        "events.orders[0].happened_at",
    ),
    "event in the year 0": (
        "decide",
        json.dumps({**OK, "events": {"touchpoints": [{"customer_id": MARKER, "happened_at": "0001-01-01T00:00:00",
                                                      "channel": "web", "kind": "visit"}]}}),
        400,
        "events.touchpoints[0].happened_at",
    ),
    "event with a date of text": (
        "decide",
        json.dumps({**OK, "events": {"touchpoints": [{"customer_id": "1", "happened_at": MARKER,
                                                      "channel": "web", "kind": "visit"}]}}),
        400,
        "events.touchpoints[0].happened_at",
    ),
    "amount of text": (
        "decide",
        json.dumps({**OK, "events": {"orders": [{"order_id": "1", "customer_id": "1", "amount": MARKER,
                                                 "happened_at": "2026-01-01T00:00:00"}]}}),
        400,
        "events.orders[0].amount",
    ),
    "amount too exact": (
        "decide",
        '{"customer_ids": ["1"], "events": {"orders": [{"order_id": "1", "customer_id": "1", '
        '"amount": 0.30000000000000004, "happened_at": "2026-01-01T00:00:00"}]}}',
        400,
        "events.orders[0].amount",
    ),
    "amount infinite": (
        "decide",
        '{"customer_ids": ["1"], "events": {"orders": [{"order_id": "1", "customer_id": "1", '
        '"amount": "Infinity", "happened_at": "2026-01-01T00:00:00"}]}}',
        400,
        "events.orders[0].amount",
    ),
    "amount with many digits": (
        "decide",
        json.dumps({**OK, "events": {"orders": [{"order_id": "1", "customer_id": "1", "amount": "9" * 30,
                                                 "happened_at": "2026-01-01T00:00:00"}]}}),
        400,
        "events.orders[0].amount",
    ),
    "kind unknown": (
        "decide",
        json.dumps({**OK, "events": {"responses": [{"message_id": "1", "kind": MARKER,
                                                    "happened_at": "2026-01-01T00:00:00"}]}}),
        400,
        "events.responses[0].kind",
    ),
    "k zero": ("recommend", json.dumps({**OK, "k": 0}), 400, "k"),
    "k large": ("recommend", json.dumps({**OK, "k": 101}), 400, "k"),
    "k a fraction": ("recommend", json.dumps({**OK, "k": 1.5}), 400, "k"),
    "k a string": ("recommend", json.dumps({**OK, "k": "5"}), 400, "k"),
    "k true": ("recommend", json.dumps({**OK, "k": True}), 400, "k"),
    "exclude too many": ("recommend", json.dumps({**OK, "exclude": ["p"] * 1_001}), 400, "exclude"),
    "reasons a word": ("churn", json.dumps({**OK, "reasons": MARKER}), 400, "reasons"),
    "too large": ("decide", json.dumps({"customer_ids": [MARKER * 60_000]}), 413, "body"),
}  # fmt: skip
JSON = {"content-type": "application/json"}
TYPES = {
    "none": {},
    "pickle": {"content-type": "application/vnd.bentoml+pickle"},
    "octets": {"content-type": "application/octet-stream"},
    "form": {"content-type": "application/x-www-form-urlencoded"},
    "multipart": {"content-type": "multipart/form-data; boundary=x"},
    "text": {"content-type": "text/plain"},
    "almost json": {"content-type": "application/jsonp"},
    "latin-1": {"content-type": "application/json; charset=latin-1"},
    "gzip": {**JSON, "content-encoding": "gzip"},
    "bad gzip": {**JSON, "content-encoding": "gzip, gzip"},
}


def checked(answer, status):
    """The error, after checking its shape; nothing of the request comes back."""
    assert answer.status_code == status, answer.text
    assert MARKER not in answer.text and MARKER not in str(answer.headers)
    responses.ErrorAnswer.model_validate_json(answer.content)
    error = answer.json()["error"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert error["message"].endswith(".")
    return error


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_told_where_it_is_wrong(caller, caplog, name):
    call, text, status, field = BODIES[name]
    with caplog.at_level(logging.DEBUG):
        error = checked(caller.post(f"/v1/{call}", content=body(text), headers=JSON), status)
    assert error["field"] is not None
    if field is not None:
        assert error["field"] == field
    assert MARKER not in caplog.text


@pytest.mark.parametrize("name", TYPES)
def test_anything_but_plain_json_is_refused(caller, name):
    content = {"pickle": pickle.dumps(MARKER), "gzip": gzip.compress(MARKER.encode())}
    given = content.get(name, MARKER.encode())
    assert checked(caller.post("/v1/decide", content=given, headers=TYPES[name]), 415)["code"] == (
        "unsupported_media_type"
    )


def test_json_is_json_however_its_type_is_written(caller):
    for kind in ("application/json", "Application/JSON", 'application/json; charset="UTF-8"'):
        answer = caller.post("/v1/churn", content=json.dumps(OK), headers={"content-type": kind})
        assert answer.status_code == 200


def test_unknown_paths_and_methods(caller):
    assert checked(caller.post(f"/v1/{MARKER}", json=OK), 404)["code"] == "not_found"
    refused = caller.get("/v1/decide")
    assert checked(refused, 405)["code"] == "method_not_allowed"
    assert refused.headers["allow"] == "POST"
    assert caller.post("/livez").headers["allow"] == "GET, HEAD"


def test_every_refusal_logs_one_short_line(caller, caplog):
    with caplog.at_level(logging.INFO, logger="perennial"):
        for call, text, _, _ in BODIES.values():
            caller.post(f"/v1/{call}", content=body(text), headers=JSON)
    assert len(caplog.messages) == len(BODIES)
    assert max(len(line.encode()) for line in caplog.messages) <= 200


def test_overload_is_told_at_once_and_when_to_come_back(worker_of, home):
    worker = worker_of(home)
    worker.application.lag = 99.0
    refused = Caller(worker.application).post("/v1/churn", json=OK)
    assert checked(refused, 429)["code"] == "overloaded"
    assert refused.headers["retry-after"] == "1"
    worker.application.lag = 0.0
    assert Caller(worker.application).post("/v1/churn", json=OK).status_code == 200


def test_a_service_without_release_is_alive_but_not_ready(worker_of, tmp_path):
    caller = Caller(worker_of(tmp_path).application)
    assert caller.get("/livez").status_code == 200
    ready = caller.get("/readyz")
    assert ready.status_code == 503 and "current.json" in ready.json()["why"]
    assert checked(caller.post("/v1/churn", json=OK), 503)["code"] == "not_ready"


def test_a_failure_inside_tells_nothing_of_the_request(worker_of, home, caplog, monkeypatch):
    worker = worker_of(home)

    def fail(customer_id):
        raise KeyError(customer_id)

    broken = worker.watcher.live.snapshot
    monkeypatch.setattr(type(broken), "find", lambda self, customer_id: fail(customer_id))
    with caplog.at_level(logging.DEBUG):
        error = checked(Caller(worker.application).post("/v1/churn", json={"customer_ids": [MARKER]}), 500)
    assert error["code"] == "internal"
    assert MARKER not in caplog.text and "KeyError" in caplog.text


def drive(app, messages, seconds=5):
    """Answer statuses when a client sends these messages and then nothing more."""
    sent = []

    async def run():
        waiting = list(messages)

        async def receive():
            if waiting:
                return waiting.pop(0)
            return await asyncio.sleep(seconds)

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": "/v1/churn", "method": "POST", "client": ("127.0.0.1", 1),
                 "headers": [(b"content-type", b"application/json")]}  # fmt: skip
        await app(scope, receive, send)

    asyncio.run(run())
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


def test_a_client_that_stops_half_way_is_ended(worker_of, home):
    app = worker_of(home, client_seconds=0.05).application
    assert drive(app, [{"type": "http.request", "body": b'{"customer', "more_body": True}]) == [408]


def test_a_client_that_leaves_is_not_answered(worker):
    gone = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    assert drive(worker.application, gone) == []


def test_a_body_that_grows_too_large_is_refused_without_being_kept(worker_of, home):
    app = worker_of(home, body_bytes=1_000).application
    chunk = {"type": "http.request", "body": b"x" * 600, "more_body": True}
    assert drive(app, [chunk, chunk, {**chunk, "more_body": False}]) == [413]
