"""A night that is killed, at any of its file operations: nothing half done is seen, and the next run mends it all."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operations import home as places
from serving.snapshot.snapshot import open_snapshot
from serving.state.database import State
from serving.state.erasure import erasure_of
from tests.faults.killer import night, shop_in

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
KILLS, STOPS = (200, 20) if os.environ.get("PERENNIAL_BATTERY") == "full" else (20, 3)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of homes: `whole`, and one for each moment a night was killed at."""
    folder = tmp_path_factory.mktemp("nights")
    command = [sys.executable, "-m", "tests.faults.killer", "night", str(folder), str(KILLS), str(STOPS)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60 + 20 * (KILLS + STOPS))
    return folder


def results(home: Path) -> dict[str, str]:
    """Digest of every file that others read of a night, by its place in it; a rerun names its snapshot otherwise."""
    current = json.loads(next(home.glob("snapshots/*/current.json")).read_bytes())["snapshot"]
    folders = {
        "scores": home / "scores",
        "decisions": home / "decisions",
        "snapshot": next(home.glob(f"snapshots/*/{current}")),
    }
    return {
        f"{kind}/{path.relative_to(folder)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for kind, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def test_a_killed_night_shows_nothing_half_done_and_is_mended_by_the_next(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = results(killed / "whole")
    told = json.loads((killed / "moments.json").read_text())
    assert told["operations"] > 40 and len(told["moments"]) >= min(KILLS, told["operations"]) * 0.9
    reused = []
    for moment in told["moments"]:
        home = killed / f"killed-{moment}"
        monkeypatch.setenv("PERENNIAL_HOME", str(home))
        _whole(home)
        shop = shop_in(home)
        parts = night(shop).batch.parts
        assert parts.made + parts.reused == 6
        reused.append(parts.reused)
        assert results(home) == wanted, f"killed at operation {moment}"
        _clean(home)
        state = State(places.state(shop))
        assert erasure_of(state, "r1").done
        state.close()
    assert max(reused) == 6 and sorted(reused[: reused.index(6)]) == reused[: reused.index(6)]


def test_a_night_that_is_told_to_end_puts_away_what_it_was_writing(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads((killed / "moments.json").read_text())
    assert len(told["stopped"]) == STOPS
    for moment in told["stopped"]:
        home = killed / f"stopped-{moment}"
        monkeypatch.setenv("PERENNIAL_HOME", str(home))
        assert [path.name for path in home.rglob("*") if ".part" in path.name or ".old" in path.name] == []
        _whole(home)
        night(shop_in(home))
        assert results(home) == results(killed / "whole"), f"stopped at operation {moment}"


def _whole(home: Path) -> None:
    """Whatever a reader may come upon under its own name can be read."""
    for path in home.rglob("*.parquet"):
        if not any(part.startswith(".") for part in path.relative_to(home).parts):
            pq.read_table(path)
    for path in [*home.glob("scores/**/*.manifest.json"), *home.glob("decisions/**/*.manifest.json")]:
        for name, told in json.loads(path.read_bytes())["files"].items():
            assert hashlib.sha256((path.parent / name).read_bytes()).hexdigest() == told["sha256"]
    for pointer in home.glob("snapshots/*/current.json"):
        open_snapshot(pointer.parent)


def _clean(home: Path) -> None:
    left = [path.name for path in home.rglob("*") if ".part" in path.name or ".old" in path.name]
    assert not list(home.glob("unfinished/*/*"))
    assert left == [] and not [path for path in home.rglob("*.parquet") if b"P02" in path.read_bytes()]
