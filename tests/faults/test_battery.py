"""The service under attack, with real workers: what is done at once here was done one after another elsewhere.

`make battery` runs this folder; each attack ends in a count of faults, and holds it to none.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.shop import Shop
from operations import home as places
from operations.night import nightly
from operations.publish import surroundings
from scoring.clock import now
from scoring.release import write_model
from serving.process.launch import Running, running
from serving.settings import Settings
from serving.snapshot.snapshot import FACT_COLUMNS, open_snapshot
from serving.state.files_lock import FilesBusyError
from tests.contract.conftest import free_port
from tests.perennial.corner_shop import CUTOFF, SILENCE, ago, corner_shop, rule_model
from training.review.export import Champion, export_release

pytestmark = pytest.mark.alone

CUSTOMERS, ERASED = 600, 200
TODAY = (CUTOFF - timedelta(days=1)).date()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """600 customers with two orders and a message each, a release of one rule, and a first night."""
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    who = [f"P{i:03}" for i in range(CUSTOMERS)]
    orders = [
        {"order_id": f"{one}-{n}", "customer_id": one, "happened_at": ago(1 + i % 60 + 30 * n), "amount": 10}
        for i, one in enumerate(who)
        for n in range(2)
    ]
    lines = [{"order_id": row["order_id"], "product_id": "milk"} for row in orders]
    messages = [{"message_id": one, "customer_id": one, "happened_at": ago(20), "channel": "mail"} for one in who]
    made = corner_shop(tmp_path / "home" / "shops", orders=orders, order_lines=lines, messages=messages)
    released = rule_model()
    folder = tmp_path / "model"
    champion = Champion(folder, write_model(released.model, {}, folder), "3")
    around = surroundings(made, {SILENCE.name, *FACT_COLUMNS})
    export_release({"churn": champion}, around, releases=places.releases(made), created_at=now())
    night(made)
    return made


@pytest.fixture
def service(shop: Shop, tmp_path: Path) -> Iterator[Running]:
    settings = Settings(
        home=places.home_folder(), shop=places.key(shop), today=TODAY, port=free_port(), workers=2, keep_mb=0
    )
    with running(settings, log=tmp_path / "service.log", seconds=180) as one:
        yield one


def night(shop: Shop) -> None:
    out = places.scores(shop, CUTOFF)
    nightly.run(shop, CUTOFF, {"churn": rule_model()}, out, serve=True, accept=True)


def called(service: Running, path: str, body: object = None) -> tuple[int, dict]:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(service.url + path, content, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def erased(service: Running, customer_id: str) -> dict:
    """The answer of an erasure, asked for again while the service is busy."""
    while True:
        status, answer = called(service, "/v1/erase", {"customer_id": customer_id})
        if status in (200, 202):
            return answer
        assert status == 429, answer
        time.sleep(0.2)


@contextmanager
def meanwhile(work: Callable[[int], None]) -> Iterator[None]:
    """Do something again and again in a thread until the block ends; an error in it is the test's."""
    end = threading.Event()

    def again() -> None:
        for n in range(1_000_000):
            if end.is_set():
                return
            work(n)

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(again)
        try:
            yield
        finally:
            end.set()
        done.result(timeout=120)


def faults(log: str) -> str:
    """What the service logged of its own faults, for a failed test to show."""
    lines = log.splitlines()
    return "\n".join(line for line in lines if '"level": "error"' in line or '"level":"error"' in line)[:20_000]


def holders(ids: set[str]) -> dict[str, int]:
    """Files under home in which some of the ids still stand, as bytes or as a column."""
    found = {}
    for path in Path(places.home_folder()).rglob("*"):
        if path.suffix == ".parquet":
            names = {"customer_id", "source_customer_id"} & set(pq.read_schema(path).names)
            there = {one for name in names for one in pq.read_table(path, columns=[name])[name].to_pylist()}
        elif path.is_file():
            content = path.read_bytes()
            there = {one for one in ids if one.encode() in content}
        else:
            continue
        if there & ids:
            found[str(path)] = len(there & ids)
    return found


def test_200_erasures_beside_calls_events_and_nights_leave_no_trace(shop: Shop, service: Running) -> None:
    ids = [f"P{i:03}" for i in range(ERASED)]
    statuses: Counter[int] = Counter()

    def decide(n: int) -> None:
        asked = [f"P{(7 * n + i) % CUSTOMERS:03}" for i in range(5)]
        statuses[called(service, "/v1/decide", {"customer_ids": asked})[0]] += 1

    def send(n: int) -> None:
        row = {"customer_id": f"P{(11 * n) % CUSTOMERS:03}", "happened_at": f"{TODAY}T08:00:00", "amount": "9.50"}
        statuses[called(service, "/v1/events", {"orders": [{"order_id": f"e{n}", **row}]})[0]] += 1

    def nightly_run(n: int) -> None:
        with suppress(FilesBusyError):
            night(shop)

    with meanwhile(decide), meanwhile(send), meanwhile(nightly_run), ThreadPoolExecutor(8) as callers:
        asked = list(callers.map(lambda one: erased(service, one), ids))
    deadline = time.monotonic() + 90
    for one in asked:
        while called(service, f"/v1/erase/{one['request_id']}")[1]["status"] != "ok":
            assert time.monotonic() < deadline, "an erasure is never done"
            time.sleep(0.1)
    log = service.log.read_text()
    assert set(statuses) <= {200, 429} and statuses[200] > 50, (statuses, faults(log))
    assert holders(set(ids)) == {}
    night(shop)
    assert holders(set(ids)) == {}
    log = service.log.read_text()
    assert '"failed"' not in log and "Traceback" not in log and '"erasure_waits"' not in log
    deadline = time.monotonic() + 20
    newest = open_snapshot(places.snapshots(shop)).name
    while called(service, "/readyz")[1]["snapshot"] != newest:
        assert time.monotonic() < deadline, "the last night's snapshot is not taken up"
        time.sleep(0.2)
    status, answer = called(service, "/v1/churn", {"customer_ids": [ids[0], f"P{ERASED:03}"]})
    assert (status, [one["status"] for one in answer["results"]]) == (200, ["unknown_customer", "ok"])
