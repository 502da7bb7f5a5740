"""A worker over a tiny shop, spoken to in process, and one real server for the whole session."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from serving.http.metrics import Metrics
from serving.process.launch import Running, running
from serving.process.preflight import Preflight
from serving.worker import Worker
from tests.serving.asgi import Caller
from tests.serving.tiny import settings_of, write_home


def no_preflight(pointer: Path) -> None:
    """Starting a process takes a second; what it finds is tested with a real server."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def worker_of() -> Iterator[Callable[..., Worker]]:
    """Makes started workers; they are stopped at the end."""
    made: list[Worker] = []

    def make(home: Path, **changes: object) -> Worker:
        worker = Worker(settings_of(home, **changes), Metrics(CollectorRegistry()), no_preflight)
        made.append(worker)
        worker.start()
        return worker

    yield make
    for worker in made:
        worker.stop()


@pytest.fixture(scope="session")
def worker(home: Path) -> Iterator[Worker]:
    worker = Worker(settings_of(home), Metrics(CollectorRegistry()), Preflight())
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def caller(worker: Worker) -> Caller:
    return Caller(worker.application)


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Path:
    """A home a test may write to."""
    return Path(shutil.copytree(home, tmp_path / "own", ignore=shutil.ignore_patterns("state")))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="session")
def server(server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("log") / "server.log"
    settings = settings_of(server_home, port=free_port(), client_seconds=1.0, watch_seconds=0.2)
    with running(settings, log=log, seconds=180) as service:
        yield service
