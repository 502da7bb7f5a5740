"""`perennial ui`: its line stands when the pages answer; they begin with models and send nothing anywhere."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from serving.process.launch import environment
from tests.serving.tiny import settings_of, write_home
from training.tracking.pages import log_pages

ROOT = Path(__file__).parents[2]


def test_the_pages_are_on_when_the_line_says_so(tmp_path: Path, mlruns: Path) -> None:
    log_pages("report", "report", {"report.html": b"<p>"}, mlruns=mlruns)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = "from perennial.cli import main; main()"
    command = [sys.executable, "-c", run, "ui", "--mlruns", str(mlruns), "--port", str(port)]
    around = {**os.environ, "PERENNIAL_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=around, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as pages:
        try:
            assert pages.stdout is not None
            line = next(text for text in map(bytes.decode, pages.stdout) if "are on" in text)
            assert f"http://127.0.0.1:{port}/#/models?workflowType=machine_learning" in line
            with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
                text = page.read().decode()
            assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
            with urlopen(f"http://127.0.0.1:{port}/ajax-api/3.0/mlflow/ui-telemetry", timeout=30) as said:
                assert json.load(said)["disable_ui_telemetry"] is True
        finally:
            os.killpg(pages.pid, signal.SIGTERM)
            pages.wait(timeout=60)


def test_a_service_without_room_to_start_is_refused(tmp_path: Path) -> None:
    settings = settings_of(write_home(tmp_path / "home"))
    limited = "resource.setrlimit(resource.RLIMIT_AS, (900 << 20,) * 2)"
    code = f"import resource; from perennial.cli import main; {limited}; main()"
    around = {**environment(settings), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", code, "serve"], cwd=tmp_path, env=around, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(
        "The service needs 1,024 MiB of address space to start, and this process may take 900"
    )
