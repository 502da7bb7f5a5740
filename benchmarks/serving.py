"""`make bench-serving`: the service beside BentoML with nothing to do and `mlflow models serve`, in one run.

A million customers in the snapshot, models of 200 trees × 31 leaves × 80 features, the load generator beside the
server on the same cores. Nothing else should run beside it. Rows: target, case, callers, requests_per_second,
p50_ms, p99_ms, errors; after them what the issue's limits make of the figures.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from benchmarks.load import Figures, closed_loop, open_loop, request
from benchmarks.serving_peers import start_floor, start_mlflow
from benchmarks.serving_shop import CUSTOMERS, SHOP, customer_id, prepare
from benchmarks.tables import show, write
from features.shop import home_folder
from serving.run import Running, running
from serving.settings import Settings
from serving.snapshot import open_snapshot

SECONDS = 8.0
Row = dict[str, str | int | float]


def main(seconds: float = SECONDS) -> None:
    """Measure everything and write the rows."""
    home = home_folder() / "benchmarks" / "serving"
    prepare(home)
    shutil.rmtree(home / "state", ignore_errors=True)
    rows = [*_floor(seconds), *_mlflow(home, seconds), *_perennial(home, seconds), *_two_workers(home, seconds)]
    write("serving", rows)
    show("Serving", rows)
    show("Limits", list(_limits(rows)))


def _floor(seconds: float) -> Iterator[Row]:
    port = _free_port()
    with _served(start_floor(port), f"http://127.0.0.1:{port}/livez"):
        for callers in (1, 16):
            yield _closed("bentoml", "nothing", port, _asked("nothing", port), callers, seconds)


def _mlflow(home: Path, seconds: float) -> Iterator[Row]:
    saved, port = home / "mlflow-model", _free_port()
    if not saved.exists():
        save = [sys.executable, "-m", "benchmarks.serving_peers", str(home / "models" / "churn"), str(saved)]
        subprocess.run(save, check=True)
    snapshot = open_snapshot(home / "snapshots" / SHOP)
    names = [column.name for column in snapshot.columns]
    bodies = [
        json.dumps({"dataframe_split": {"columns": names, "data": [_nullable(snapshot.matrix[i])]}}).encode()
        for i in range(50)
    ]
    with _served(start_mlflow(saved, port), f"http://127.0.0.1:{port}/ping"):
        asked = [request("/invocations", body, port) for body in bodies]
        for callers in (1, 16):
            yield _closed("mlflow models serve", "one churn score", port, asked, callers, seconds)


def _perennial(home: Path, seconds: float) -> Iterator[Row]:
    """One worker: every kind of call, by one and by sixteen callers."""
    with _service(home, workers=1) as (_, port, started):
        yield _told("start to ready, s", started)
        cases = {
            "one churn score": _asked("churn", port, reasons=False),
            "one churn score with reasons": _asked("churn", port),
            "one decision": _asked("decide", port),
            "recommend k=10": _asked("recommend", port, k=10),
            "100 decisions": _asked("decide", port, customers=100),
        }
        for case, asked in cases.items():
            for callers in (1, 16) if case.startswith("one") else (1,):
                yield _closed("perennial", case, port, asked, callers, seconds)
        yield _recomputed(port)


def _two_workers(home: Path, seconds: float) -> Iterator[Row]:
    with _service(home, workers=2) as (service, port, _):
        decisions = _asked("decide", port)
        calm = open_loop(port, decisions, 100, max(seconds, 60.0 if seconds >= SECONDS else seconds))
        yield calm.row("perennial, 2 workers", "100 decisions/s, open loop", 0)
        capacity = closed_loop(port, decisions, 32, seconds)
        yield capacity.row("perennial, 2 workers", "one decision", 32)
        written = service.log.stat().st_size if service.log else 0
        rate = 4 * len(capacity.seconds) / (capacity.ended - capacity.began)
        flood = open_loop(port, decisions, rate, seconds, lines=512)
        row = flood.row("perennial, 2 workers", f"{rate:,.0f} decisions/s, 4 × capacity", 0)
        refused = flood.statuses[429]
        log_bytes = (service.log.stat().st_size if service.log else 0) - written
        yield row | {"refused": refused, "log_bytes_a_refusal": round(log_bytes / max(refused, 1))}
        yield _recovery(port, decisions)
        # Of two workers: what a single one maps of the snapshot would all count as its own.
        yield _told("unique memory of a worker, MB", _largest_uss(service.process.pid))


def _recomputed(port: int) -> Row:
    """A new order for a customer each time, then the decision that takes it in; only the decision is timed."""
    figures = Figures()
    for i in range(100):
        who = customer_id(i + 1_000)
        order = {"order_id": f"n-{i}", "customer_id": who, "happened_at": "2026-01-31T10:00:00", "amount": "10.00"}
        _post(port, "events", {"orders": [order]})
        began = time.perf_counter()
        _post(port, "decide", {"customer_ids": [who]})
        figures.seconds.append(time.perf_counter() - began)
        figures.statuses[200] += 1
    figures.ended = time.perf_counter()
    return figures.row("perennial", "one decision, recomputed from history", 1)


def _recovery(port: int, asked: list[bytes]) -> Row:
    """Seconds after the flood until a second passes without a refusal."""
    began = time.perf_counter()
    while closed_loop(port, asked, 1, 0.5).statuses[429] and time.perf_counter() - began < 30:
        pass
    return _told("normal again after a flood, s", time.perf_counter() - began - 0.5)


def _limits(rows: list[Row]) -> Iterator[Row]:
    """The issue's limits beside what was measured."""
    by_case = {(row["target"], row["case"], row["callers"]): row for row in rows}

    def value(target: str, case: str, callers: int, what: str = "p50_ms") -> float:
        return float(by_case[target, case, callers][what])

    floor, decision = value("bentoml", "nothing", 1), value("perennial", "one decision", 1)
    score = value("perennial", "one churn score", 1)
    speed = value("perennial", "one churn score", 16, "requests_per_second")
    peer = value("mlflow models serve", "one churn score", 16, "requests_per_second")
    open_case = ("perennial, 2 workers", "100 decisions/s, open loop", 0)
    told = [
        ("churn score, throughput ÷ mlflow's", speed / peer, "≥ 20", speed / peer >= 20),
        ("churn score, p50 ÷ floor", score / floor, "≤ 1.3", score / floor <= 1.3),
        ("decision, p50 ÷ floor", decision / floor, "≤ 2.5", decision / floor <= 2.5),
    ]
    for what, case, most in (
        ("100 decisions/s, p50 ms", (*open_case, "p50_ms"), 10.0),
        ("100 decisions/s, p99 ms", (*open_case, "p99_ms"), 50.0),
        ("100 decisions/s, errors", (*open_case, "errors"), 0.0),
        ("100 customers, p99 ms", ("perennial", "100 decisions", 1, "p99_ms"), 100.0),
        ("recommend, p99 ms", ("perennial", "recommend k=10", 1, "p99_ms"), 100.0),
        ("recomputed, p99 ms", ("perennial", "one decision, recomputed from history", 1, "p99_ms"), 150.0),
    ):
        told.append((what, value(*case), f"≤ {most:g}", value(*case) <= most))
    for row in rows:
        if row["case"] in _MOST:
            most = _MOST[str(row["case"])]
            told.append((str(row["case"]), float(row["value"]), f"≤ {most:g}", float(row["value"]) <= most))
    for what, measured, limit, holds in told:
        yield {"what": what, "measured": round(measured, 2), "limit": limit, "holds": "yes" if holds else "NO"}


_MOST = {"start to ready, s": 8.0, "unique memory of a worker, MB": 400.0, "normal again after a flood, s": 5.0}


def _told(case: str, value: float) -> Row:
    return {"target": "perennial", "case": case, "callers": 0, "value": round(value, 2)}


def _closed(target: str, case: str, port: int, asked: list[bytes], callers: int, seconds: float) -> Row:
    closed_loop(port, asked, callers, min(seconds, 1.0))  # a warm-up
    return closed_loop(port, asked, callers, seconds).row(target, case, callers)


def _asked(call: str, port: int, *, customers: int = 1, **more: object) -> list[bytes]:
    """Requests about customers from all over the snapshot."""
    chance = random.Random(3)
    return [
        request(f"/v1/{call}", json.dumps({"customer_ids": ids, **more}).encode(), port)
        for ids in ([customer_id(chance.randrange(CUSTOMERS)) for _ in range(customers)] for _ in range(500))
    ]


def _post(port: int, call: str, body: dict[str, object]) -> None:
    given = json.dumps(body).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/{call}", data=given, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        answer.read()


@contextmanager
def _service(home: Path, workers: int) -> Iterator[tuple[Running, int, float]]:
    """The service, its port, and how long it took to be ready."""
    day = open_snapshot(home / "snapshots" / SHOP).cutoff.date().replace(day=1)
    settings = Settings(
        home=home, shop=SHOP, port=_free_port(), workers=workers, today=day.fromordinal(day.toordinal() - 1)
    )
    began = time.perf_counter()
    with running(settings, log=home / f"service-{workers}.log") as service:
        yield service, settings.port, time.perf_counter() - began


@contextmanager
def _served(process: subprocess.Popen[bytes], url: str) -> Iterator[None]:
    try:
        _wait_for(process, url)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.2)
    raise RuntimeError(f"{' '.join(map(str, process.args))} does not answer at {url}.")  # type: ignore[union-attr]


def _largest_uss(supervisor: int) -> float:
    """Megabytes that only one worker holds, of the worker that holds most."""
    workers = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    sizes = []
    for pid in workers:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        sizes.append(sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024)
    return max(sizes)


def _nullable(row: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in row]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*(float(word) for word in sys.argv[1:2]))
