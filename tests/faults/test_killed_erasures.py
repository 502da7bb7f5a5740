"""An erasure that is killed, at any of its file operations: the next start finishes it, and nobody stays."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operations import home as places
from serving.state.database import State
from serving.state.erasure import erasure_of, settle
from tests.faults.killer import shop_in

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
KILLS = 50 if os.environ.get("PERENNIAL_BATTERY") == "full" else 10
WHO = "P03"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("erasures")
    command = [sys.executable, "-m", "tests.faults.killer", "erasure", str(folder), str(KILLS)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60 + 20 * KILLS)
    return folder


def holders(home: Path) -> list[str]:
    """Files under home in which the person still stands, as a row or as bytes."""
    found = []
    for path in home.rglob("*"):
        if path.suffix == ".parquet":
            ids = {"customer_id", "source_customer_id"} & set(pq.read_schema(path).names)
            there = any(WHO in pq.read_table(path, columns=[name])[name].to_pylist() for name in ids)
        else:
            there = path.is_file() and WHO.encode() in path.read_bytes()
        found += [str(path.relative_to(home))] if there else []
    return found


def test_a_killed_erasure_is_finished_by_who_starts_next(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert holders(killed / "start") != [] and holders(killed / "whole") == []
    told = json.loads((killed / "moments.json").read_text())
    assert len(told["moments"]) >= KILLS * 0.9
    for moment in told["moments"]:
        home = killed / f"killed-{moment}"
        monkeypatch.setenv("PERENNIAL_HOME", str(home))
        shop = shop_in(home)
        state = State(places.state(shop))
        asked = erasure_of(state, "r2") is not None  # before that nobody was answered
        assert settle(state, places.places(shop), seconds=5.0)
        assert not asked or erasure_of(state, "r2").done
        state.close()
        assert not asked or holders(home) == [], f"killed at operation {moment}"
    assert asked  # the last of them at least
