"""Workers over a tiny shop with a key of scope ui, and a visitor who is signed in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from serving.http.api_keys import add_key
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.serving.tiny import settings_of, write_home
from tests.serving.ui.visitor import Visitor


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("ui"))


@pytest.fixture
def home(tiny_home: Path, tmp_path: Path) -> Path:
    """A home a test may write to."""
    return Path(shutil.copytree(tiny_home, tmp_path / "home"))


@pytest.fixture
def worker_of() -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(home: Path, **changes: object) -> Worker:
        worker = Worker(settings_of(home, **changes), Metrics(CollectorRegistry()), lambda _: None)
        made.append(worker)
        worker.start()
        return worker

    yield make
    for worker in made:
        worker.stop()


@pytest.fixture
def worker(home: Path, worker_of: Callable[..., Worker]) -> Worker:
    return worker_of(home)


@pytest.fixture
def key(worker: Worker) -> str:
    return add_key(worker.state, "anna", ["ui"])


@pytest.fixture
def visitor(worker: Worker, key: str) -> Visitor:
    one = Visitor(worker.application)
    assert one.sign_in(key).status == 303
    return one
