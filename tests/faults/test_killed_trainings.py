"""A training, promotion or rollback killed at any of its writes: what serves is whole, and a rerun mends the rest."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scoring.release import read_release
from tests.faults.registry_killer import SHOP, TASK, WORK
from tests.training.conftest import booster_text  # noqa: F401
from training.evaluation import figures
from training.evaluation.comparison import from_parquet
from training.review import run_record, sign_off
from training.review.export import POINTER
from training.review.sign_off import ReviewError
from training.tracking import registry, runs
from training.tracking.record import CHAMPION, registered_name

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("PERENNIAL_BATTERY") == "full"
KILLS = {"training": 20 if FULL else 2, "promotion": 20 if FULL else 2, "rollback": 10 if FULL else 1}
SERVES = {"training": 1, "promotion": 2, "rollback": 1}  # the version, once the work is done
SIGNED = {"promotion": "promoted", "rollback": "rolled back"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_off, "try_elsewhere", lambda *_: 0.0)
    monkeypatch.setattr(run_record, "figures", lambda *_: {})
    monkeypatch.setattr(figures, "_DRAWS", 40)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, migrated: Path, booster_text: str) -> Path:  # noqa: F811
    """A folder of homes: for each work `killed-<moment>`, from where the work before it ended."""
    folder = tmp_path_factory.mktemp("registries")
    (folder / "booster.txt").write_text(booster_text)
    shutil.copytree(migrated, folder / "whole" / "mlruns")
    command = [sys.executable, "-m", "tests.faults.registry_killer", str(folder), json.dumps(KILLS)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120 + 20 * sum(KILLS.values()))
    return folder


@pytest.mark.parametrize("work", list(WORK))
@pytest.mark.usefixtures("quick")
def test_a_killed_one_leaves_what_serves_whole_and_a_rerun_succeeds(
    work: str,
    killed: Path,
    booster_text: str,  # noqa: F811
) -> None:
    moments = json.loads((killed / "moments.json").read_text())[work]
    assert len(moments) == KILLS[work]
    for moment in moments:
        home = killed / work / f"killed-{moment}"
        whole(home)
        two_days_pass(home)
        with done_already(home, work):
            WORK[work](home, booster_text)
        whole(home)
        champion = registry.champion(SHOP, TASK, mlruns=home / "mlruns")
        released = read_release(home / "releases" / POINTER).models[TASK]
        assert champion is not None and (released.version, released.digest) == (str(champion.version), champion.digest)
        left_over(home)
        if work != "training":
            assert champion.version == SERVES[work], f"killed at write {moment}"
            assert signatures(home, 2)[-1]["review.verdict"] == SIGNED[work]


def two_days_pass(home: Path) -> None:
    """What is half done is swept once it is a day old: a younger one may be another export's at work."""
    for path in home.rglob("*.part*"):
        os.utime(path, (0, path.stat().st_mtime - 172_800))


@contextmanager
def done_already(home: Path, work: str) -> Iterator[None]:
    """A rerun of what was done but for its last words says so, in a sentence."""
    try:
        yield
    except ReviewError as error:
        champion = registry.champion(SHOP, TASK, mlruns=home / "mlruns")
        assert champion is not None and champion.version == SERVES[work], error
        assert "is the champion already" in str(error) or "no champion before the present one" in str(error)


def whole(home: Path) -> None:
    """Where an alias points to, and what the release holds, can be read to the last file."""
    if (home / "releases" / POINTER).exists():
        read_release(home / "releases" / POINTER)
    with runs.client(home / "mlruns") as client:
        number = runs.alias(client, registered_name(SHOP, TASK), CHAMPION)
    if number is None:
        return
    version = registry.version(SHOP, TASK, number, mlruns=home / "mlruns")
    registry.load_model(version, mlruns=home / "mlruns")
    run_record.checks_from(registry.read_artifact(version, run_record.CHECKS, mlruns=home / "mlruns"))
    from_parquet(registry.read_artifact(version, run_record.FOLDS, mlruns=home / "mlruns"))
    with runs.client(home / "mlruns") as client:
        assert client.get_run(version.run_id).info.status == "FINISHED"


def left_over(home: Path) -> None:
    """Nothing half done lies under its own name or beside it, and a run that was cut short says so."""
    assert [path.name for path in home.rglob("*") if ".part" in path.name] == []
    with runs.client(home / "mlruns") as client:
        experiment = client.get_experiment_by_name(registered_name(SHOP, TASK)).experiment_id
        found = client.search_runs([experiment])
        models = client.search_logged_models([experiment])
    assert {run.info.status for run in found} <= {"FINISHED", "KILLED"}
    assert all(run.data.tags.get("cut_short") for run in found if run.info.status == "KILLED")
    assert {str(model.status) for model in models} <= {"READY", "FAILED"}


def signatures(home: Path, number: int) -> list[dict[str, str]]:
    version = registry.version(SHOP, TASK, number, mlruns=home / "mlruns")
    return registry.read_signatures(version, run_record.SIGNATURES, mlruns=home / "mlruns")
