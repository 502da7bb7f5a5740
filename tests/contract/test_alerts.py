"""Every alert of the operator's guide fires, with three workers, whichever is asked, also after one was killed."""

import json
import os
import re
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from serving.process.launch import start, stop
from tests.contract.conftest import free_port
from tests.contract.test_under_load import workers_of
from tests.serving.tiny import SHOP, point_to_release, settings_of, write_home, write_release

pytestmark = [pytest.mark.alone, pytest.mark.slow]
GUIDE = (Path(__file__).parents[2] / "docs/guide/operate.md").read_text(encoding="utf-8")
WATCHED = set(re.findall(r"^\| `(perennial_\w+)(?:\{.*?\})?` \|", GUIDE, re.MULTILINE))
ORDER = {"customer_id": "C-1", "happened_at": "2026-01-31T10:00:00", "amount": "5.00"}


class Service:
    def __init__(self, home):
        settings = settings_of(home, port=free_port(), workers=3, watch_seconds=0.2, in_flight=4, keep_mb=1,
                               today=date(2026, 2, 2))  # fmt: skip
        self.running = start(settings, log=home / "log")

    def call(self, path, body=None):
        request = urllib.request.Request(
            self.running.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def value(self, name, **labels):
        """A metric, as whichever worker answers tells it; None where it is not there."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = [line for line in self.call("/metrics")[1].splitlines() if re.match(rf"{name}(\{{| )", line)]
        found = [float(line.rsplit(" ", 1)[1]) for line in lines if all(one in line for one in wanted)]
        return sum(found) if found else None

    def says(self, name, expected, seconds=30, **labels):
        """Wait until every one of some scrapes, each on a new connection, tells this."""
        until = time.monotonic() + seconds
        while True:
            told = {self.value(name, **labels) for _ in range(6)}
            if told == {expected} or time.monotonic() > until:
                assert told == {expected}, (name, told)
                return
            time.sleep(0.1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return write_home(tmp_path_factory.mktemp("alerts"))


@pytest.fixture(scope="module")
def service(home):
    pointer = home / "releases" / SHOP / "current.json"
    pointer.rename(pointer.with_suffix(".away"))
    made = Service(home)
    try:
        eventually(lambda: answers(made))
        made.says("perennial_workers", 3)
        made.says("perennial_ready", 0)  # nobody can answer anything
        pointer.with_suffix(".away").rename(pointer)
        made.says("perennial_ready", 1)
        yield made
    finally:
        stop(made.running)


def answers(service):
    try:
        return service.call("/livez")[0] == 200
    except OSError:
        return False


def eventually(true, seconds=60):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def children(pid):
    """Processes below one, by command line."""
    found = {}
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in thread.read_text().split():
            found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def test_every_alert_of_the_guide_is_held_here():
    here = Path(__file__).read_text(encoding="utf-8")
    assert len(WATCHED) == 10 and not [name for name in WATCHED if here.count(f'"{name}') == 0]


def test_every_alert_fires_with_three_workers_and_after_one_was_killed(service, home):
    service.says("perennial_snapshot_age_days", 2)
    status, body = service.call("/v1/churn", {"customer_ids": ["C-1"]})
    told = json.loads(body)["results"][0]
    assert (status, told["status"], told["age_days"]) == (200, "stale", 2)
    assert service.value("perennial_churn_scores_total", band=told["band"]) == 1
    service.call("/v1/events", {"orders": [{**ORDER, "order_id": f"a-{i}"} for i in range(2)]})
    service.says("perennial_events_waiting", 2)

    killed = min(workers_of(service.running))
    os.kill(killed, signal.SIGKILL)
    service.says("perennial_workers", 3)
    eventually(lambda: killed not in workers_of(service.running) and len(workers_of(service.running)) == 3)
    for name, value in (("ready", 1), ("snapshot_age_days", 2), ("events_waiting", 2)):
        service.says(f"perennial_{name}", value)
    assert service.value("perennial_churn_scores_total", band=told["band"]) == 1  # counts of the dead stay


def test_a_killed_page_keeper_is_started_again_and_told(service, home):
    def keepers():
        return [
            pid for one in workers_of(service.running) for pid, line in children(one).items() if "page_cache" in line
        ]

    eventually(lambda: len(keepers()) == 3)
    before = service.value("perennial_page_keeper_restarts_total") or 0
    for pid in keepers():
        os.kill(pid, signal.SIGKILL)
    service.says("perennial_page_keeper_restarts_total", before + 3)
    eventually(lambda: len(keepers()) == 3)
    assert '"event": "page_keeper_ended"' in (home / "log").read_text()


def test_too_many_writers_and_slow_answers_are_counted(service, home):
    with closing(sqlite3.connect(home / "state" / SHOP / "state.db", isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(12) as pool:
            sent = [
                pool.submit(service.call, "/v1/events", {"orders": [{**ORDER, "order_id": f"w-{i}"}]})
                for i in range(12)
            ]
            time.sleep(0.6)
            held.execute("ROLLBACK")
            statuses = [one.result()[0] for one in sent]
    assert 429 in statuses and set(statuses) <= {200, 429}
    assert service.value("perennial_refusals_total", code="overloaded") == statuses.count(429)
    slow = service.value("perennial_request_seconds_bucket", call="events", le="+Inf")
    assert slow - service.value("perennial_request_seconds_bucket", call="events", le="0.1") >= statuses.count(200)


def test_a_refused_release_and_a_fault_of_ours_are_counted(service, home):
    bad = write_release(home, "r9", point=False)
    booster = bad / "models" / "churn" / "churn.txt"
    booster.write_bytes(booster.read_bytes()[:-100])
    before = service.value("perennial_release_changes_total", outcome="refused") or 0  # the start had no release
    point_to_release(home, "r9")
    service.says("perennial_release_changes_total", before + 3, outcome="refused")
    for path in (home / "shops" / SHOP / "tiny").glob("orders.parquet"):
        path.write_bytes(b"PAR1" + bytes(1_000))
    service.call("/v1/events", {"orders": [{**ORDER, "order_id": "f-1", "customer_id": "C-5"}]})
    assert service.call("/v1/churn", {"customer_ids": ["C-5"]})[0] == 500
    assert service.value("perennial_requests_total", status="500") == 1
    assert service.call("/v1/churn", {"customer_ids": ["C-6"]})[0] == 200
