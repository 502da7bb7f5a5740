"""Where findings go: one line without ids to an https address, in bounded time; figures by name for charts."""

import http.client
import json
import socketserver
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler

import pytest

from operations.monitor import announce
from operations.monitor.announce import WEBHOOK, WebhookError, figures_of, line_of, post, write_metrics
from operations.monitor.findings import DRIFT, OUTCOMES, RECALIBRATE, WAIT, Alert, Figure, Findings
from operations.monitor.permutation import Shift
from serving.state.watched import watched_page

FACTS = {"size": 0.3, "spread": 0.0, "missing": 0.0}
FOUND = Findings(
    "corner-shop",
    datetime(2026, 6, 1),
    (
        Alert(
            OUTCOMES,
            "totals_off",
            "churn",
            RECALIBRATE,
            {"as_of": "2026-05-01", "version": "3", "found": 1.5, "total": "spend"},
        ),
        *(Alert(DRIFT, "input_shifted", f"column_{number}", WAIT, FACTS) for number in range(30)),
    ),
    (
        Figure(OUTCOMES, "churn", "3", "2026-05-01", "all", "all", "auc", 900, 0.8),
        Figure(OUTCOMES, "churn", "3", "2026-05-01", "stage", "new", "auc", 200, 0.7),
        Figure(OUTCOMES, "churn", "3", "2026-05-01", "all", "all", "lift_at_10", 900, float("nan")),
    ),
    (Shift("column_1", 0.3, 0.0, 0.0, 0.005, True), Shift("column_2", 0.0, 0.0, 0.0, 1.0, False)),
)


class Hook(BaseHTTPRequestHandler):
    status, taken, slow = 200, [], 0.0

    def do_POST(self):
        type(self).taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(self.slow)
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook(monkeypatch):
    """A hook on this machine; TLS is the standard library's, and left out here."""
    Hook.status, Hook.taken, Hook.slow = 200, [], 0.0
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hook) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(
            announce.http.client,
            "HTTPSConnection",
            lambda host, port, timeout, context: http.client.HTTPConnection(host, port, timeout=timeout),
        )
        monkeypatch.setenv(WEBHOOK, f"https://127.0.0.1:{server.server_address[1]}/hook?key=secret")
        yield Hook
        server.shutdown()


def test_one_line_of_json_arrives_with_what_to_do_and_nobody_by_name(hook):
    assert post(FOUND)
    ((path, body),) = hook.taken
    assert path == "/hook?key=secret"
    assert body.count(b"\n") == 1
    told = json.loads(body)
    assert (told["shop"], told["at"], told["advice"], told["exit_code"]) == (
        "corner-shop",
        "2026-06-01",
        "recalibrate",
        4,
    )
    assert (len(told["findings"]), told["more"]) == (20, 11)
    assert told["findings"][0]["text"] == "churn v3, scores of 2026-05-01: spend together 1.50 times what came"
    assert body == line_of(FOUND)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_told_without_the_address_and_no_redirect_is_followed(hook, status):
    hook.status = status
    with pytest.raises(WebhookError, match=f"answered {status} instead of 2xx") as error:
        post(FOUND)
    assert "secret" not in str(error.value)
    assert len(hook.taken) == 1


def test_nobody_waits_for_a_slow_hook(hook):
    hook.slow = 30.0
    begun = time.monotonic()
    with pytest.raises(WebhookError, match="did not take the findings"):
        post(FOUND, seconds=0.3)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("address", ["http://example.com/x", "ftp://example.com", "https://", "example.com"])
def test_nothing_is_sent_in_clear(monkeypatch, address):
    monkeypatch.setenv(WEBHOOK, address)
    with pytest.raises(WebhookError, match="is no https address, so nothing was sent"):
        post(FOUND)


def test_without_an_address_nothing_is_sent(monkeypatch):
    monkeypatch.delenv(WEBHOOK, raising=False)
    assert not post(FOUND)


def test_figures_of_everybody_have_names_for_charts():
    assert figures_of(FOUND) == {
        "outcomes/churn/auc": 0.8,
        "outcomes/findings": 1.0,
        "expected/findings": 0.0,
        "drift/findings": 30.0,
        "delivery/findings": 0.0,
        "skew/findings": 0.0,
        "drift/alarms": 1.0,
        "exit_code": 4.0,
    }


def test_the_service_shows_what_was_written(watched):
    text = watched_page(write_metrics(watched, FOUND).parent).decode()
    assert "perennial_monitor_exit_code 4.0" in text
    assert 'perennial_monitor_findings{advice="wait",check="drift"} 30.0' in text
    assert 'perennial_monitor_figure{check="outcomes",metric="auc",task="churn"} 0.8' in text
    assert "perennial_monitor_as_of 1.780272e+09" in text
