"""The afternoon of a CRM engineer: every line of the guide is run, in its order, against a service of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from serving.process.launch import Running, stop
from tests.contract.conftest import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/crm.md").read_text(encoding="utf-8")
SAID = re.sub(r"^```json\n(?:.*\n)*?```$", "", GUIDE, flags=re.MULTILINE)  # what is shown, not typed
LAST = datetime(2017, 12, 31)


def lines():
    """Commands (indented) and Python blocks, in the guide's order; a command ends where its quotes do."""
    for block in re.findall(r"^```python\n(?:.*\n)*?```$|^(?:    .*\n)+", SAID, re.MULTILINE):
        if block.startswith("```"):
            yield "python", block.removeprefix("```python\n").removesuffix("```")
            continue
        waiting = ""
        for line in block.splitlines():
            waiting += line[4:] + "\n"
            if waiting.count("'") % 2 == 0 and not waiting.rstrip().endswith("\\"):
                yield "bash", waiting
                waiting = ""
        assert not waiting


@pytest.fixture(scope="module")
def place(tmp_path_factory, migrated):
    """A folder with my-shop, trained and scored, as a reader has one who comes to this page."""
    folder = tmp_path_factory.mktemp("afternoon")
    (folder / "my-shop").mkdir()
    shutil.copytree(migrated, folder / "mlruns")
    chance = np.random.default_rng(1)
    rows = ["order_id,customer_id,happened_at,amount,channel"]
    for who in range(1, 161):
        at = LAST - timedelta(days=int(chance.integers(300, 700)), hours=-10)
        while at < LAST + timedelta(days=1):
            rows.append(f"o{len(rows)},{who},{at:%Y-%m-%d %H:%M:%S},{chance.integers(5, 90)}.50,web")
            at += timedelta(days=int(chance.integers(4, 60 if who % 2 else 200)))
    (folder / "my-shop" / "orders.csv").write_text("\n".join(rows) + "\n")
    (folder / "my-shop" / "shop.toml").write_text('name = "my-shop"\n[orders]\nsource = "orders.csv"\n')
    for verb in ("train churn", "score"):
        done = run(folder, f"perennial {verb} --shop my-shop {'--until' if verb != 'score' else '--at'} 2018-01-01")
        assert done.returncode == 0, done.stderr
    return folder


def environment(folder, **more):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    given = {name: value for name, value in os.environ.items() if not name.startswith("PERENNIAL_")}
    return {**given, "PATH": path, "PERENNIAL_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1", **more}


def run(folder, text, **more):
    command = ["bash", "-c", text]
    return subprocess.run(
        command, cwd=folder, env=environment(folder, **more), capture_output=True, text=True, timeout=900, check=False
    )


def test_every_line_of_the_guide_does_what_it_says(place):
    port, exported, answers, service = free_port(), {}, [], None
    try:
        for kind, text in lines():
            here = text.replace("127.0.0.1:3000", f"127.0.0.1:{port}")
            if here.startswith("perennial serve"):
                service = started(place, here.split("#")[0], port)
                continue
            export = re.match(r"export (\w+)=(.*)", here)
            if export:
                exported[export[1]] = run(place, f"echo {export[2]}", **exported).stdout.strip()
                continue
            done = run(place, f"python - <<'EOF'\n{here}\nEOF" if kind == "python" else here, **exported)
            assert done.returncode == 0, (here, done.stderr)
            if "curl" in here:
                answers.append(json.loads(done.stdout))
    finally:
        if service is not None:
            stop(service)
    held(answers)
    assert exported["KEY"].startswith("pk_") and (place / "scores.parquet").is_file()


def held(answers):
    """What the guide says of its calls."""
    ready, decided, order, batch, partial, moment, objection, bulk, read_back = answers
    context = moment["results"][0]["receipt"]["context"]
    assert context["cart"] == "shipping" and context["store"] == "unknown" and context["unknown_products"] == 1
    assert ready["ready"] and not [one for one in answers if "error" in one]
    assert [one["status"] for one in decided["results"]] == ["ok", "ok", "unknown_customer"]
    assert [one["results"][0]["accepted"] for one in (order, batch)] == [1, 2]
    assert [one["status"] for one in partial["results"]] == ["accepted", "refused"]
    assert objection["results"] == [{"customer_id": "7", "status": "ok"}]
    assert bulk["results"][1] == {"customer_id": "nobody", "status": "ok", "waiting": True}
    known, waiting = read_back["results"]
    assert {(one["channel"], one["granted"]) for one in known["consents"]} == {("email", False), ("all", False)}
    assert (waiting["status"], waiting["consents"][0]["granted"]) == ("unknown_customer", True)


def started(folder, command, port):
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command.strip()} --port {port}"],
            cwd=folder,
            env=environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    until = time.monotonic() + 180
    while run(folder, f"curl -sf 127.0.0.1:{port}/readyz").returncode:
        assert time.monotonic() < until and process.poll() is None, (folder / "log").read_text()
        time.sleep(0.3)
    return Running(f"http://127.0.0.1:{port}", process, folder / "log")
