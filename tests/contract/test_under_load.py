"""Two workers under load: a rollback fails no request, and no end of a worker takes an acknowledged event with it."""

import http.client
import json
import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from serving.process.launch import running
from tests.contract.conftest import free_port
from tests.serving.tiny import SHOP, point_to_release, settings_of, write_home, write_release

pytestmark = pytest.mark.alone
JSON = {"content-type": "application/json"}
CALLERS = 2


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return write_home(tmp_path_factory.mktemp("loaded"))


@pytest.fixture(scope="module")
def server(home):
    settings = settings_of(home, port=free_port(), workers=2, watch_seconds=0.2)
    with running(settings, log=home / "server.log", seconds=180) as service:
        until(lambda: told_serving(service) == 2, 20)
        yield service


class Load:
    """Callers who send an order, then ask for a decision, until the block ends.

    Attributes
    ----------
    statuses : Counter       by status; 0 is a connection that broke
    acknowledged : list      order ids that were answered with 200
    """

    def __init__(self, server, name):
        self.statuses, self.acknowledged, self._server, self._name = Counter(), [], server, name
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(i,)) for i in range(CALLERS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(10)

    def _call(self, caller):
        sent = 0
        with closing(http.client.HTTPConnection(self._server.url.removeprefix("http://"), timeout=10)) as line:
            while not self._over.is_set():
                sent += 1
                order = {"order_id": f"{self._name}-{caller}-{sent}", "customer_id": f"C-{20 + caller}",
                         "happened_at": "2026-01-31T10:00:00", "amount": "5.00"}  # fmt: skip
                try:
                    if self._answer(line, "/v1/events", {"orders": [order]}) == 200:
                        self.acknowledged.append(order["order_id"])
                    self._answer(line, "/v1/decide", {"customer_ids": [f"C-{40 + caller}"]})
                except (OSError, http.client.HTTPException):
                    self.statuses[0] += 1
                    line.close()  # the next request opens it again

    def _answer(self, line, path, body):
        """The status in the end: a 429 says that the machine is busy and is asked again, as a caller would."""
        while (status := self._asked(line, path, body)) == 429 and not self._over.is_set():
            time.sleep(0.2)
        if status != 429:
            self.statuses[status] += 1
        return status

    def _asked(self, line, path, body):
        line.request("POST", path, json.dumps(body), JSON)
        answer = line.getresponse()
        answer.read()
        return answer.status


def test_a_rollback_takes_effect_in_time_and_fails_no_request(server, home):
    write_release(home, "r2", point=False)
    with Load(server, "a") as load:
        for release in ("r2", "r1"):
            served = told_serving(server)
            point_to_release(home, release)
            until(lambda served=served: told_serving(server) == served + 2, 5)  # both workers
            assert releases(server) == {release}
    assert set(load.statuses) == {200} and load.statuses[200] > 100


def test_a_killed_worker_is_replaced_and_loses_no_acknowledged_event(server, home):
    before, served = workers_of(server), told_serving(server)
    with Load(server, "b") as load:
        until(lambda: len(load.acknowledged) > 50, 10)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(workers_of(server) - {min(before)}) == 2, 20)
        until(lambda: told_serving(server) > served, 20)
        since = len(load.acknowledged)
        until(lambda: len(load.acknowledged) > since + 50, 10)
    assert set(load.statuses) <= {200, 0} and load.statuses[0] <= CALLERS  # those the worker held when it died
    kept = kept_in(home)
    assert set(load.acknowledged) <= set(kept) and len(kept) == len(set(kept))


def test_a_service_told_to_end_while_busy_loses_no_acknowledged_event(server, home):  # the last: it ends the server
    with Load(server, "c") as load:
        until(lambda: len(load.acknowledged) > 50, 10)
        assert set(load.statuses) == {200}
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
    assert set(load.statuses) <= {200, 503, 0}  # in flight: answered, told to come back, or the connection ends
    assert set(load.acknowledged) <= set(kept_in(home))
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10).connect()


def kept_in(home):
    with closing(sqlite3.connect(home / "state" / SHOP / "state.db")) as con:
        return [json.loads(row)["order_id"] for (row,) in con.execute("SELECT row FROM events")]


def workers_of(server):
    pid = server.process.pid
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def told_serving(server):
    """How often a worker said in the log that it serves."""
    return server.log.read_text().count('"event": "serving"')


def releases(server):
    """The releases that workers name, each asked on a new connection."""
    return {released(server) for _ in range(12)}


def released(server):
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)) as line:
        line.request("GET", "/readyz")
        return json.loads(line.getresponse().read()).get("release")


def until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
