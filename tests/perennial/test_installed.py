"""The package as a wheel installs it, run from a folder that has packages of the same names as ours."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.perennial.conftest import orders

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
ROOMS = (
    "features",
    "scoring",
    "reporting",
    "simulation",
    "decisions",
    "training",
    "serving",
    "insights",
    "operations",
    "perennial",
)
HOSTILE = "raise RuntimeError('the folder shadows ours')\n"


def wheel_of(folder: Path) -> Path:
    """The wheel, built in a folder from a copy of what belongs to it."""
    source, made = folder / "source", folder / "made"
    source.mkdir()
    for name in (*ROOMS, "pyproject.toml", "README.md", "LICENSE"):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source / name)
    build = [UV, "build", "--wheel", "--quiet", "--python", sys.executable]
    done = subprocess.run([*build, "-o", made, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = made.glob("perennial-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel holds, unpacked where Python finds it first."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel_of(folder)) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of somebody with packages named like our rooms, and a shop in it."""
    for room in ("features", "training", "scoring", "serving"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(HOSTILE)
    (tmp_path / "exports").mkdir()
    pq.write_table(orders(60), tmp_path / "exports" / "orders.parquet")
    return tmp_path


def run(installed: Path, folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PERENNIAL_HOME": str(folder / "home")}
    command = [sys.executable, "-P", "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_room_is_in_the_wheel_and_runs_from_there(installed: Path, folder: Path) -> None:
    told = run(installed, folder, f"import {', '.join(ROOMS)}; print(*(m.__file__ for m in ({', '.join(ROOMS)})))")
    assert told.returncode == 0, told.stderr
    assert len(told.stdout.split()) == len(ROOMS)
    assert all(Path(path).is_relative_to(installed) for path in told.stdout.split())


def test_what_is_no_python_is_in_the_wheel_too(installed: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True)
    beside = [name for name in listed.stdout.split("\n") if name and not name.endswith(".py")]
    assert len(beside) > 20 and [name for name in beside if not (installed / name).is_file()] == []


def test_the_command_line_works_beside_packages_of_the_same_names(installed: Path, folder: Path) -> None:
    entry = "import sys; sys.argv[0] = 'perennial'; from perennial.cli import main; main()"
    done = run(installed, folder, entry, "check", "--shop", "exports")
    assert done.returncode == 0, done.stderr
    assert "1 of 13 tables" in done.stdout
    listed = run(installed, folder, entry, "features", "--list")
    assert "spend" in listed.stdout, listed.stderr
    (folder / "home" / "state" / "exports").mkdir(parents=True, exist_ok=True)
    made = run(installed, folder, entry, "keys", "add", "crm", "read", "--shop", "exports")
    assert made.stdout.startswith("pk_"), made.stderr


def test_python_and_processes_of_our_own_do_not_look_into_the_folder(installed: Path, folder: Path) -> None:
    program = (
        "import perennial as pn; from training.review.golden import golden_rows, try_elsewhere\n"
        "fitted = pn.fit('churn', pn.open_shop('exports'), horizon='28d', active_within='91d').fitted\n"
        "golden = golden_rows([fitted.model], fitted.model.features)\n"
        "print(try_elsewhere(fitted.folder, fitted.sha256s, golden) <= golden['tolerance'])\n"
    )
    done = run(installed, folder, program)
    assert done.stdout.strip() == "True", done.stderr
