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
