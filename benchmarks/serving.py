"""`make bench-serving`: the service beside BentoML with nothing to do and `mlflow models serve`, in one run.

A million customers in the snapshot, models of 200 trees × 31 leaves × 80 features, the load generator beside the
server on the same cores. Nothing else should run beside it. Rows: target, case, callers, requests_per_second,
p50_ms, p99_ms, errors; after them what is asked of the figures and whether they hold. About four minutes.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from benchmarks.load import Figures, closed_loop, open_loop, request
from benchmarks.serving_limits import ONE, TWO, Row, limits
from benchmarks.serving_peers import start_floor, start_mlflow
from benchmarks.serving_shop import CUSTOMERS, SHOP, customer_id, prepare
from benchmarks.tables import show, write
from features.shop import home_folder
from serving.process.launch import Running, running
from serving.settings import Settings
from serving.snapshot.snapshot import open_snapshot

SECONDS = 6.0
OPEN_SECONDS = 60.0
ROUNDS = 4


def main(seconds: float = SECONDS, open_seconds: float = OPEN_SECONDS) -> None:
    """Measure everything and write the rows; a closed loop takes `seconds`, the open one `open_seconds`."""
    home = home_folder() / "benchmarks" / "serving"
    prepare(home)
    shutil.rmtree(home / "state", ignore_errors=True)
    rows = [*_side_by_side(home, seconds), *_two_workers(home, seconds, open_seconds)]
    write("serving", rows)
    show("Serving", rows)
    show("What is asked", list(limits(rows)))


def _side_by_side(home: Path, seconds: float) -> Iterator[Row]:
    """Three servers of one worker, asked in turns, so that a slow moment of the machine meets all of them."""
    with _service(home, workers=1) as (service, port, started):
        yield _told(ONE, "start to ready, s", started)
        floor, peer = _free_port(), _free_port()
        with (
            _served(start_floor(floor), f"http://127.0.0.1:{floor}/livez"),
            _served(start_mlflow(_saved_for_mlflow(home), peer), f"http://127.0.0.1:{peer}/ping"),
        ):
            shared = [
                ("bentoml", "nothing", floor, _asked("nothing", floor)),
                ("mlflow models serve", "one churn score", peer, _asked_mlflow(home, peer)),
                (ONE, "one churn score", port, _asked("churn", port, reasons=False)),
                (ONE, "one churn score with reasons", port, _asked("churn", port)),
                (ONE, "one decision", port, _asked("decide", port)),
            ]
            yield from _in_turns([(*case, callers) for callers in (1, 16) for case in shared], seconds)
        alone = [
            (ONE, "recommend k=10", port, _asked("recommend", port, k=10), 1),
            (ONE, "100 decisions in a call", port, _asked("decide", port, customers=100), 1),
        ]
        yield from _in_turns(alone, seconds)
        yield _recomputed(port)
        yield _told(ONE, "unique memory of the only worker, MB", _largest_uss(service.process.pid))


def _in_turns(cases: Sequence[tuple[str, str, int, list[bytes], int]], seconds: float) -> Iterator[Row]:
    """Every case for `seconds` in all, in ROUNDS parts; a warm-up before the first does not count."""
    found = [Figures(0.0, 0.0) for _ in cases]
    for turn in range(ROUNDS):
        for figures, (_, _, port, asked, callers) in zip(found, cases, strict=True):
            if not turn:
                closed_loop(port, asked, callers, min(seconds, 0.5))
            part = closed_loop(port, asked, callers, seconds / ROUNDS)
            figures.ended += part.ended - part.began
            figures.seconds += part.seconds
            figures.statuses += part.statuses
    yield from (one.row(target, case, callers) for one, (target, case, *_, callers) in zip(found, cases, strict=True))


def _saved_for_mlflow(home: Path) -> Path:
    saved = home / "mlflow-model"
    if not saved.exists():
        save = [sys.executable, "-m", "benchmarks.serving_peers", str(home / "models" / "churn"), str(saved)]
        subprocess.run(save, check=True)
    return saved


def _asked_mlflow(home: Path, port: int) -> list[bytes]:
    """Fifty customers' rows, as MLflow's server takes them."""
    snapshot = open_snapshot(home / "snapshots" / SHOP)
    names = [column.name for column in snapshot.columns]
    bodies = ({"dataframe_split": {"columns": names, "data": [_nullable(snapshot.matrix[i])]}} for i in range(50))
    return [request("/invocations", json.dumps(body).encode(), port) for body in bodies]


def _two_workers(home: Path, seconds: float, open_seconds: float) -> Iterator[Row]:
    with _service(home, workers=2) as (service, port, _):
        decisions = _asked("decide", port)
        calm = open_loop(port, decisions, 100, open_seconds)
        yield calm.row(TWO, "100 decisions/s, open loop", 0)
        capacity = closed_loop(port, decisions, 32, seconds)
        yield capacity.row(TWO, "one decision", 32)
        yield _flooded(service, port, decisions, 4 * len(capacity.seconds) / (capacity.ended - capacity.began), seconds)
        yield _recovery(port, decisions)
        yield _told(TWO, "unique memory of a worker, MB", _largest_uss(service.process.pid))


def _flooded(service: Running, port: int, asked: list[bytes], rate: float, seconds: float) -> Row:
    """Four times what it can do: who is not answered with 200 is refused with 429, all else is an error."""
    written = _logged(service)
    flood = open_loop(port, asked, rate, seconds, lines=512)
    refused = flood.statuses[429]
    told: Row = {
        "offered_per_second": round(rate),
        "refused": refused,
        "log_bytes_a_refusal": round((_logged(service) - written) / max(refused, 1)),
    }
    return flood.row(TWO, "decisions at 4 × capacity", 0) | told


def _logged(service: Running) -> int:
    return service.log.stat().st_size if service.log else 0


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
    return figures.row(ONE, "one decision, recomputed from history", 1)


def _recovery(port: int, asked: list[bytes]) -> Row:
    """Seconds after the flood until a second passes without a refusal."""
    began = time.perf_counter()
    while closed_loop(port, asked, 1, 0.5).statuses[429] and time.perf_counter() - began < 30:
        pass
    return _told(TWO, "normal again after the flood, s", time.perf_counter() - began - 0.5)


def _told(target: str, case: str, value: float) -> Row:
    return {"target": target, "case": case, "callers": 0, "value": round(value, 2)}


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers it started end with it
    with suppress(KeyboardInterrupt):
        main(*(float(word) for word in sys.argv[1:3]))
