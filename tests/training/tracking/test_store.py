"""Where runs are kept: a folder unless an address is given, and said so that no password is shown."""

import socket
from pathlib import Path

import mlflow
import pytest

from training.tracking import runs
from training.tracking.store import Server, TrackingError, holds_runs, mlruns_of, opened, told


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:5000", "https://runs.example", "databricks", "databricks://team", "postgresql://h/db"]
)
def test_an_address_is_taken_as_it_is_and_a_registry_of_its_own_respected(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlruns_of(address) == Server(address, address)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:7000")
    assert mlruns_of(address) == Server(address, "http://127.0.0.1:7000")


@pytest.mark.parametrize("folder", ["mlruns", "/data/mlruns", "./a b", "runs.db"])
def test_anything_else_is_a_folder_whatever_registry_is_set(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:7000")
    assert mlruns_of(folder) == Path(folder)


def test_a_folders_registry_is_the_folders_own_and_the_processes_comes_back(
    mlruns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:7000")
    with runs.client(mlruns):
        assert mlflow.get_registry_uri() == f"sqlite:///{mlruns}/mlflow.db"
    assert mlflow.get_registry_uri() == "http://127.0.0.1:7000"
    monkeypatch.delenv("MLFLOW_REGISTRY_URI")
    with runs.client(mlruns):
        pass
    assert mlflow.get_registry_uri() == mlflow.get_tracking_uri()


def test_a_password_is_not_shown() -> None:
    place = Server("http://ana:secret@runs.example:5000/ml", "http://ana:secret@models.example")
    assert told(place) == "http://runs.example:5000/ml, models at http://models.example"
    assert told(Server("databricks", "databricks")) == "databricks"


def test_a_server_that_does_not_answer_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = Server(f"http://ana:secret@127.0.0.1:{free.getsockname()[1]}", "databricks")
    with pytest.raises(TrackingError, match=r"MLflow at http://127\.0\.0\.1:\d+, .*does not answer .*--mlruns mlruns"):
        opened(place)


def test_a_damaged_database_is_said_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"nonsense" * 1_000)
    with pytest.raises(TrackingError, match=r"mlflow\.db cannot be used \(file is not a database\)\. Restore it, or"):
        opened(tmp_path)
    assert (tmp_path / "mlflow.db").read_bytes() == b"nonsense" * 1_000


def test_nothing_is_looked_for_at_a_server_beforehand(tmp_path: Path) -> None:
    assert holds_runs(Server("http://127.0.0.1:1", "http://127.0.0.1:1")) and not holds_runs(tmp_path)
