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
from serving.snapshot.snapshot import open_snapshot
from tests.faults.killer import begin, night, shop_in
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
    LIMITS = {work: [5, 30, 60, 150, 200] for work in (*LIMITS, "train")}
SAID = "There is not enough memory for this. What was there before is as it was."
DIED = (-6, -9, -11, 127)  # libraries and the kernel may end a process without asking: then it is one that was killed


@pytest.fixture(scope="module")
def starved(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a home for each work and limit, and how it ended there."""
    folder = tmp_path_factory.mktemp("starved")
    (folder / "shop").mkdir()
    pq.write_table(orders(60), folder / "shop" / "orders.parquet")
    if FULL:
        shutil.copytree(request.getfixturevalue("migrated"), folder / "mlruns")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERENNIAL_HOME", str(folder / "home"))
        begin(folder / "home")
        night(shop_in(folder / "home"))
    command = [sys.executable, "-m", "tests.faults.starver", str(folder), json.dumps(LIMITS), json.dumps(ROOMS)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120 + 30 * sum(map(len, LIMITS.values())))
    return folder


@pytest.mark.parametrize("work", list(LIMITS))
def test_too_little_memory_is_said_and_nothing_is_blamed(starved: Path, work: str) -> None:
    ended = json.loads((starved / "ended.json").read_text())
    found = [ended[f"{work}-{megabytes}"] for megabytes in LIMITS[work]]
    for one in found:
        assert one["code"] in (0, 2, *DIED), one
        assert one["code"] != 2 or SAID in one["said"], one


@pytest.mark.parametrize("work", list(ROOMS))
def test_a_full_disk_is_said_and_nothing_half_written_stays(starved: Path, work: str) -> None:
    ended = json.loads((starved / "ended.json").read_text())
    for room in ROOMS[work]:
        one = ended[f"{work}-{room}"]
        assert one["code"] == 2 and ("The disk is full." in one["said"] or "File too large" in one["said"]), one
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
