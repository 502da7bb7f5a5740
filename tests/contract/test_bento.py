"""A Bento serves from an environment of its own requirements and nothing else. `make test-bento`; needs the network."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from serving.process.bento import pack
from tests.contract.conftest import free_port
from tests.serving.tiny import SHOP, TODAY, settings_of, write_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("PERENNIAL_TEST_BENTO"), reason="installs packages; run make test-bento"),
]
_MOST_MB = 350


@pytest.fixture(scope="module")
def bento(tmp_path_factory):
    home = write_home(tmp_path_factory.mktemp("home"))
    name, version = pack(settings_of(home)).split(":")
    return home / "bentoml" / "bentos" / name / version


@pytest.fixture(scope="module")
def environment(bento, tmp_path_factory):
    """The folder of an environment that holds what the Bento asks for."""
    made = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    requirements = bento / "env" / "python" / "requirements.txt"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    install = [uv, "pip", "install", "--quiet", "--python", str(made / "bin" / "python")] if uv else [
        sys.executable, "-m", "pip", "--python", str(made / "bin" / "python"), "install", "--quiet", "--no-compile"
    ]  # fmt: skip
    subprocess.run([*install, "-r", str(requirements)], check=True)
    return made


def test_its_packages_are_few(environment):
    """As installed; the bytecode Python writes beside them comes on top."""
    packages = next((environment / "lib").glob("python*/site-packages"))
    taken = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc") / 1e6
    print(f"packages take {taken:.0f} MB")
    assert taken <= _MOST_MB
    for name in ("mlflow", "ibis", "pandas", "sklearn", "pyarrow"):
        assert not (packages / name).exists()


def test_it_serves_and_replaces_a_killed_worker_as_in_a_container(bento, environment, tmp_path):
    """An empty home gets the packed release; snapshot and history come with the mount."""
    home = tmp_path / "mounted"
    shutil.copytree(bento.parents[3] / "snapshots", home / "snapshots")
    port, log = free_port(), tmp_path / "log"
    told = {
        "PATH": f"{environment / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "BENTOML_HOME": str(tmp_path / "bentoml"),
        "BENTOML_CONTAINERIZED": "true",
        "BENTOML_DO_NOT_TRACK": "True",
        "PERENNIAL_HOME": str(home),
        "PERENNIAL_SHOP": SHOP,
        "PERENNIAL_TODAY": str(TODAY),
        "PERENNIAL_WORKERS": "2",
    }
    command = [environment / "bin" / "python", "-m", "bentoml", "serve", bento, "--host", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as out:
        service = subprocess.Popen(command, env=told, cwd=tmp_path, stdout=out, stderr=out, start_new_session=True)
    try:
        assert decided(port, log)["status"] == "ok"
        children = Path(f"/proc/{service.pid}/task/{service.pid}/children")
        first = children.read_text().split()
        os.kill(int(first[0]), signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(now := set(children.read_text().split())) < 2 or first[0] in now:
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
        assert decided(port, log)["status"] == "ok"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGTERM)
        service.wait(20)


def decided(port, log):
    """The first decision it gives, within half a minute."""
    body = json.dumps({"customer_ids": ["C-1"]}).encode()
    url, headers = f"http://127.0.0.1:{port}/v1/decide", {"content-type": "application/json"}
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as answer:
                return json.load(answer)["results"][0]
        except OSError:
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
