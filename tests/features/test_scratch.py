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


@pytest.fixture
def other(place):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
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
