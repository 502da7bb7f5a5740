"""Runs and models on a real MLflow server: logged, promoted and read back over HTTP, and nobody's id in them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import mlflow
import pandas as pd
import pytest

from features.shop import Shop
from tests.training.tiny_fits import CUSTOMERS
from tests.training.tiny_models import FEATURES, NOW
from training.evaluation.folds import Fitted
from training.review import sign_off
from training.review.export import ColumnNote, Surroundings, export_release
from training.tracking import registry, runs
from training.tracking.record import Record
from training.tracking.store import Server, safe_environment

PATIENCE = 120.0  # seconds; a server makes its database first


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """Where the server keeps all it is given; its database is there, empty."""
    folder = tmp_path_factory.mktemp("mlflow-server")
    shutil.copyfile(migrated / "mlflow.db", folder / "mlflow.db")
    return folder


@pytest.fixture(scope="module")
def server(kept: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{kept / 'mlflow.db'}", "--artifacts-destination", str(kept / "files")]
    with (kept / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlflow", "server", *stores, *options],
            env={**os.environ, **safe_environment()},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for(address, process, kept / "log")
            yield Server(address, address)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its workers too
            process.wait(timeout=30)


def wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = monotonic() + PATIENCE
    while monotonic() < ends and process.poll() is None:
        try:
            urlopen(f"{address}/health", timeout=5).close()
            return
        except OSError:
            sleep(0.2)
    pytest.fail(f"mlflow server does not answer:\n{log.read_text()[-2000:]}")


def test_a_version_is_logged_registered_and_loaded_over_http(
    record_of: Callable[..., Record], server: Server, tmp_path: Path
) -> None:
    logged = runs.log(record_of(shop="far-shop"), mlruns=server)
    known = registry.version("far-shop", "churn", 1, mlruns=server)
    assert (known.is_champion, known.metrics["auc"]) == (True, 0.8)
    assert registry.load_model(known, mlruns=server).task == "churn"
    assert registry.read_artifact(known, "review/report.html", mlruns=server) == b"<p>report</p>"
    rows = pd.DataFrame({"days_since_order": [3.0, 80.0], "spend_90d": [120.0, 15.0]})
    with runs.client(server):
        answers = mlflow.pyfunc.load_model(logged.model_uri).predict(rows)
    assert answers["churn_probability"].between(0, 1).all()
    assert not list(tmp_path.rglob("mlflow.db"))  # nothing went to a folder beside it


def test_a_better_version_is_promoted_over_http_and_no_customer_is_in_what_the_server_keeps(
    churn_fit_of: Callable[..., Fitted], shop: Shop, server: Server, kept: Path, tmp_path: Path
) -> None:
    moments = (NOW + timedelta(hours=i) for i in range(100))
    columns = [ColumnNote(name, f"{name}-print", "days", "", None) for name in FEATURES]
    around = Surroundings("corner-shop", "UTC", "EUR", columns)
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=server)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=server)
    sign_off.promote(
        shop,
        "churn",
        2,
        by="Ana",
        why="Better on the same rows.",
        at=NOW,
        mlruns=server,
        export=lambda champions: export_release(
            champions, around, releases=tmp_path / "releases", created_at=next(moments)
        ),
    )
    champion = registry.champion("corner-shop", "churn", mlruns=server)
    assert champion is not None
    assert (champion.version, champion.tags["review.by"]) == (2, "Ana")
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert any(path.name == "mlflow.db" for path in files) and any(path.name == "folds.parquet" for path in files)
    text = {path: path.read_bytes() for path in files}
    assert [path for path in files if any(str(one).encode() in text[path] for one in CUSTOMERS)] == []
