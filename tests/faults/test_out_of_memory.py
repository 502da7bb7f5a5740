"""Memory or the disk runs out in an import, a build, a night, a training: it is said, and a rerun succeeds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operations import home as places
from perennial.cli import main
from perennial.nights.night_steps import ALARM_CODE, FAILED_CODE
from serving.snapshot.snapshot import open_snapshot
from tests.faults.killer import begin, night, shop_in
from tests.faults.starver import TRAINED, UNTIL
from tests.faults.test_killed_nights import results
from tests.perennial.conftest import orders
from training.tracking import registry

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("PERENNIAL_BATTERY") == "full"
LIMITS = {"check": [30], "build": [30], "night": [5, 30]}
ROOMS = {"check": [8_000], "build": [8_000]}
if FULL:
    ROOMS["train"] = [8_000, 100_000]
    LIMITS = {work: [5, 30, 60, 150, 200] for work in (*LIMITS, "train", *TRAINED)}
WINDOW = ("--horizon", "28d", "--active-within", "91d")
NIGHT_CODES = (FAILED_CODE, ALARM_CODE)  # a step was not done, or what was found is worth an alarm
SAID = "There is not enough memory for this. What was there before is as it was."
FULL_DISK = ("The disk is full.", "File too large", "The disk cannot be written or read (disk I/O error): it is full,")
DIED = (-6, -9, -11, 127)  # libraries and the kernel may end a process without asking: then it is one that was killed


@pytest.fixture(scope="module")
def starved(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a home for each work and limit, and how it ended there."""
    folder = tmp_path_factory.mktemp("starved")
    (folder / "shop").mkdir()
    pq.write_table(orders(60), folder / "shop" / "orders.parquet")
    if FULL:
        shutil.copytree(request.getfixturevalue("migrated"), folder / "mlruns")
        make_trained(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERENNIAL_HOME", str(folder / "home"))
        begin(folder / "home")
        night(shop_in(folder / "home"))
    command = [sys.executable, "-m", "tests.faults.starver", str(folder), json.dumps(LIMITS), json.dumps(ROOMS)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def make_trained(folder: Path) -> None:
    """A home and a registry with a model of the shop, beside the ones that have none."""
    shutil.copytree(folder / "mlruns", folder / "trained" / "mlruns")
    ended = run(folder, folder / "trained" / "home", folder / "trained", "train", "churn", "--until", UNTIL, *WINDOW)
    assert ended.returncode == 0, ended.stderr


def run(folder: Path, home: Path, beside: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """A command on the shop, in a process of its own; mlruns lies beside."""
    given = {**os.environ, "PERENNIAL_HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    code = "from perennial.cli import main; main()"
    asked = (*command, "--shop", str(folder / "shop"), "--mlruns", str(beside / "mlruns"))
    return subprocess.run(
        [sys.executable, "-c", code, *asked], cwd=folder, env=given, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("work", list(LIMITS))
def test_too_little_memory_is_said_and_nothing_is_blamed(starved: Path, work: str) -> None:
    ended = json.loads((starved / "ended.json").read_text())
    found = [ended[f"{work}-{megabytes}"] for megabytes in LIMITS[work]]
    for one in found:
        assert one["code"] in (0, 2, *(NIGHT_CODES if work == "nightly" else ()), *DIED), one
        assert one["code"] != 2 or SAID in one["said"], one


@pytest.mark.parametrize("work", list(ROOMS))
def test_a_full_disk_is_said_and_nothing_half_written_stays(starved: Path, work: str) -> None:
    ended = json.loads((starved / "ended.json").read_text())
    for room in ROOMS[work]:
        one = ended[f"{work}-{room}"]
        assert one["code"] == 2 and any(told in one["said"] for told in FULL_DISK), one
        assert "nobody foresaw" not in one["said"] and "damaged" not in one["said"]
        assert [path.name for path in (starved / f"{work}-{room}").rglob("*") if ".part" in path.name] == []


def test_a_database_that_may_take_too_little_says_so(
    starved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PERENNIAL_MEMORY", "1MB")
    monkeypatch.setattr("sys.argv", ["perennial", "check", "--shop", str(starved / "shop")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and SAID in capfd.readouterr().err


def test_the_snapshot_stays_and_the_next_night_succeeds(starved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for megabytes in LIMITS["night"]:
        home = starved / f"night-{megabytes}"
        monkeypatch.setenv("PERENNIAL_HOME", str(home))
        shop = shop_in(home)
        assert open_snapshot(places.snapshots(shop))
        night(shop)
        assert results(home) == results(starved / "home")


def test_an_import_a_build_and_a_training_succeed_again(starved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = starved / "check-30"
    monkeypatch.setenv("PERENNIAL_HOME", str(home))
    verbs = [["check"], ["features", "--at", "2025-09-01", "--out", str(home / "x.parquet")]]
    if FULL:
        home = starved / "train-30"
        verbs += [["train", "churn", "--mlruns", str(home / "mlruns")]]
    for verb in verbs:
        monkeypatch.setattr("sys.argv", ["perennial", *verb, "--shop", str(starved / "shop")])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
    assert pq.read_table(starved / "check-30" / "x.parquet").num_rows > 20
    assert not FULL or registry.champion("shop", "churn", mlruns=home / "mlruns") is not None


@pytest.mark.skipif(not FULL, reason="a model is trained for it; run make battery-full")
@pytest.mark.parametrize("work", TRAINED)
def test_scores_and_a_night_of_the_command_line_come_out_as_if_nothing_had_been(starved: Path, work: str) -> None:
    asked = ("score", "--at", UNTIL) if work == "score" else ("nightly", "--today", "2025-10-26")
    whole = starved / f"{work}-whole"
    shutil.copytree(starved / "trained" / "home", whole)
    shutil.copytree(starved / "trained" / "mlruns", whole / "mlruns")
    for home in (whole, *(starved / f"{work}-{megabytes}" for megabytes in LIMITS[work])):
        ended = run(starved, home, home, *asked)
        assert ended.returncode in (0, *((ALARM_CODE,) if work == "nightly" else ())), ended.stdout + ended.stderr
        (scores,) = (home / "scores").rglob("scores.parquet")
        (as_of,) = (whole / "scores").rglob("scores.parquet")
        assert scores.read_bytes() == as_of.read_bytes(), home
        assert [path for path in home.rglob("*") if ".part" in path.name] == []
