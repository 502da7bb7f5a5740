"""One real BentoML server: what only shows with sockets, processes and logs."""

import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tests.serving.tiny import point_to_release, settings_of, write_release

MARKERS = [f"Marker-{i:02d}-Person" for i in range(20)]


def ask(server, path, body=None, **headers):
    given = {"content-type": "application/json", **headers}
    request = urllib.request.Request(server.url + path, data=body, headers=given)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def say(server, *parts, wait=3.0):
    """Speak HTTP by hand and return all that comes back."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as line:
        for part in parts:
            line.sendall(part)
        told = b""
        while chunk := line.recv(65536):
            told += chunk
    return told


def test_calls_pages_and_description(server):
    status, body, headers = ask(server, "/v1/decide", b'{"customer_ids": ["C-1", "nobody"]}')
    assert status == 200
    assert [one["status"] for one in json.loads(body)["results"]] == ["ok", "unknown_customer"]
    assert headers["x-request-id"] == json.loads(body)["request_id"]
    assert ask(server, "/livez")[0] == ask(server, "/readyz")[0] == ask(server, "/")[0] == 200
    described = json.loads(ask(server, "/docs.json")[1])
    assert "/v1/decide" in described["paths"]
    assert b'perennial_requests_total{call="decide",status="200"}' in ask(server, "/metrics")[1]


def test_a_half_sent_body_is_ended_in_time(server):
    began = time.monotonic()
    told = say(server, b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       b'Content-Length: 100\r\n\r\n{"customer')  # fmt: skip
    assert told.startswith(b"HTTP/1.1 408 ") and b'"code":"timeout"' in told
    assert 0.9 < time.monotonic() - began < 3


def test_half_sent_headers_are_ended_in_time_and_hinder_nobody(server):
    host, port = server.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port)), timeout=5) for _ in range(50)]
    for line in slow:
        line.sendall(b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert ask(server, "/v1/churn", b'{"customer_ids": ["C-1"]}')[0] == 200
    for line in slow:
        with line:
            told = line.recv(65536)
            assert told.startswith(b"HTTP/1.1 408 ") and b'"code":"timeout"' in told


def test_a_second_request_on_a_connection_has_its_own_time(server):
    line = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    for _ in range(3):
        line.request("POST", "/v1/churn", b'{"customer_ids": ["C-1"]}', {"content-type": "application/json"})
        answer = line.getresponse()
        assert answer.status == 200 and answer.read()
        time.sleep(0.6)
    line.close()


def test_a_large_body_gets_to_see_its_413(server):
    for size in (1_000_001, 8_000_000):
        status, body, _ = ask(server, "/v1/decide", b"x" * size)
        assert status == 413 and json.loads(body)["error"]["field"] == "body"


def test_pickles_reach_nothing(server):
    status, body, _ = ask(server, "/v1/decide", b"\x80\x04.", **{"content-type": "application/vnd.bentoml+pickle"})
    assert status == 415 and json.loads(body)["error"]["code"] == "unsupported_media_type"


def test_marker_persons_leave_no_trace(server):
    for marker in MARKERS:
        calls = [
            ("/v1/decide", {"customer_ids": [marker]}),
            ("/v1/churn", {"customer_ids": [marker, marker], "reasons": marker}),
            ("/v1/recommend", {"customer_ids": [marker], "store_id": marker, "exclude": [marker]}),
            (f"/v1/{marker}", {marker: marker}),
            ("/v1/next_purchase", [marker]),
        ]
        for path, given in calls:
            status, body, headers = ask(server, path, json.dumps(given).encode(), authorization=f"Bearer {marker}")
            assert status < 500
            if status != 200:
                assert marker not in body.decode() and marker not in str(headers)
        ask(server, "/v1/decide", f'{{"customer_ids": ["{marker}"'.encode())
    pages = ask(server, "/metrics")[1].decode() + ask(server, "/readyz")[1].decode()
    assert not [marker for marker in MARKERS if marker in server.log.read_text() + pages]


def test_a_promoted_release_is_taken_up_and_a_bad_one_refused(server, server_home):
    def served():
        return json.loads(ask(server, "/readyz")[1])

    def wait_for(condition):
        deadline = time.monotonic() + 15
        while not condition(served()):
            assert time.monotonic() < deadline, served()
            assert ask(server, "/v1/churn", b'{"customer_ids": ["C-1"]}')[0] == 200
            time.sleep(0.1)

    write_release(server_home, "r2")
    wait_for(lambda told: told["release"] == "r2")
    bad = write_release(server_home, "r3", point=False)
    booster = bad / "models" / "churn" / "churn.txt"
    booster.write_bytes(booster.read_bytes()[:-100])
    point_to_release(server_home, "r3")
    wait_for(lambda told: told["refused"])
    assert served()["release"] == "r2"
    point_to_release(server_home, "r1")
    wait_for(lambda told: told["release"] == "r1" and not told["refused"])


BLOCKED = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        stem = name.split(".")[0]
        if stem in {"pandas", "pyarrow", "ibis", "mlflow", "sklearn", "features", "training", "perennial"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import asyncio, json
from pathlib import Path
import serving.service
from serving.http.metrics import Metrics
from serving.settings import read_settings
from serving.process.preflight import Preflight
from serving.worker import Worker
worker = Worker(read_settings(), Metrics(), Preflight())
worker.start()
sent = []
async def receive():
    return {"type": "http.request", "body": b'{"customer_ids": ["C-1"]}', "more_body": False}
async def send(message):
    sent.append(message)
scope = {"type": "http", "method": "POST", "path": "/v1/decide", "client": ("127.0.0.1", 1),
         "headers": [(b"content-type", b"application/json")]}
asyncio.run(worker.application(scope, receive, send))
worker.stop()
print(sent[0]["status"], json.loads(sent[1]["body"])["results"][0]["status"])
"""


def test_serving_runs_where_the_training_stack_is_not_installed(server_home):
    from serving.process.launch import environment

    done = subprocess.run(
        [sys.executable, "-c", BLOCKED],
        env=environment(settings_of(server_home)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["200", "ok"], done.stderr
