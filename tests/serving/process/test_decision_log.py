"""A decision is committed before its answer, or the call says that it failed."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from serving.process import decision_log
from serving.state.database import Busy
from tests.contract.conftest import home, own, worker_of  # noqa: F401
from tests.serving.asgi import Caller
from tests.serving.tiny import settings_of

KILLED = """
import os, signal, sys
from pathlib import Path
from prometheus_client import CollectorRegistry
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.serving.asgi import Caller
from tests.serving.tiny import settings_of
worker = Worker(settings_of(Path(sys.argv[1])), Metrics(CollectorRegistry()), lambda pointer: None)
worker.start()
answer = Caller(worker.application).post("/v1/decide", json={"customer_ids": ["C-1", "C-2"]})
print(answer.status_code, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def decide(worker, *ids):
    return Caller(worker.application).post("/v1/decide", json={"customer_ids": list(ids) or ["C-1"]})


def kept(path):
    with closing(sqlite3.connect(path)) as con:
        return [who for (who,) in con.execute("SELECT customer_id FROM decisions ORDER BY seq")]


def test_a_decision_that_was_answered_survives_a_kill(own):  # noqa: F811
    done = subprocess.run([sys.executable, "-c", KILLED, str(own)], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("200", -9), done.stderr
    assert kept(settings_of(own).of_shop("state") / "state.db") == ["C-1", "C-2"]


def test_a_decision_that_cannot_be_kept_is_not_given(own, worker_of, monkeypatch):  # noqa: F811
    worker = worker_of(own)

    def full(rows):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(worker.state, "add_decisions", full)
    answer = decide(worker)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["error"]["code"] == "storage"


def test_a_call_waits_for_who_writes_and_many_are_committed_together(own, worker_of):  # noqa: F811
    worker = worker_of(own)
    path = settings_of(own).of_shop("state") / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.4, lambda: other.execute("COMMIT")).start()
        answers = [decide(worker, f"C-{i}") for i in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert kept(path) == ["C-0", "C-1"]


def test_a_database_locked_for_long_is_told(own, worker_of, monkeypatch):  # noqa: F811
    monkeypatch.setattr(decision_log, "_PATIENCE", 0.2)
    worker = worker_of(own)
    with closing(sqlite3.connect(settings_of(own).of_shop("state") / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert decide(worker).status_code == 503
        with pytest.raises(Busy):
            worker.state.add_decisions([("C-1", "now", "{}")])
        other.execute("COMMIT")
    assert decide(worker).status_code == 200


def test_what_was_committed_is_on_disk_a_second_later(own, worker_of, monkeypatch):  # noqa: F811
    monkeypatch.setattr(decision_log, "_SYNC_SECONDS", 0.05)
    worker = worker_of(own)
    synced = threading.Event()
    monkeypatch.setattr(worker.state, "sync_decisions", synced.set)
    decide(worker)
    assert synced.wait(5)
