"""What a process puts aside is its own, and goes with it."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from features import scratch
from features.engine import DuckDB

HOLDS = """
import sys
from features.scratch import scratch
(scratch("spill") / "customers").write_text("c1")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    scratch._of_process.cache_clear()


ASIDE = """
import sys
from pathlib import Path
from features.scratch import aside
with aside(Path(sys.argv[1]), "persons") as folder:
    (folder / "orders.parquet").write_text("c1")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=[HOLDS])
def other(place, request):
    process = subprocess.Popen(
        [sys.executable, "-c", request.param, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_nobody_else_may_read_what_spills(place):
    folder = scratch.scratch("spill")
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    engine = DuckDB()
    ((spill,),) = engine._sql.execute("SELECT current_setting('temp_directory')").fetchall()
    engine.close()
    assert Path(spill).is_relative_to(scratch.own_folder())


def test_a_killed_process_leaves_nothing_that_the_next_one_keeps(place, other):
    (left,) = place.glob("perennial-*")
    assert scratch.remove_abandoned() == 0, "it lives"
    assert (left / ".held").exists()
    other.send_signal(signal.SIGKILL)
    other.wait()
    scratch.own_folder()
    assert not left.exists()


def test_an_ending_process_takes_its_folder_along(place, other):
    other.stdin.close()
    other.wait()
    assert not list(place.glob("perennial-*"))


def test_what_others_named_alike_is_left_alone(place):
    (place / "perennial-notes").mkdir()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".held").touch()
    (place / "perennial-link").symlink_to(elsewhere)
    assert scratch.remove_abandoned() == 0
    assert (place / "perennial-notes").exists()
    assert (elsewhere / ".held").exists()


def test_a_folder_that_was_tidied_away_is_made_again(place):
    first = scratch.own_folder()
    (first / ".held").unlink()
    first.rmdir()
    assert scratch.own_folder().is_dir()


@pytest.mark.parametrize("other", [ASIDE], indirect=True)
def test_what_a_killed_process_left_aside_goes_with_the_next_and_nothing_else_does(place, other):
    (place / ".aside-notes").mkdir()
    (left,) = place.glob(".aside-persons-*")
    assert scratch.remove_aside(place) == 0, "it lives"
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (left / "orders.parquet").exists()
    with scratch.aside(place, "decided") as mine:
        assert not left.exists() and scratch.remove_aside(place) == 0
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
    assert [path.name for path in place.glob(".aside-*")] == [".aside-notes"]


@pytest.mark.parametrize("other", [ASIDE], indirect=True)
def test_what_is_put_aside_goes_with_its_process(place, other):
    other.stdin.close()
    other.wait()
    assert not list(place.glob(".aside-*"))
