"""Threads are as many as processors may be used, by affinity and by the quotas of control groups of either version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.processors import let_waiting_threads_sleep, threads

ROOT = Path(__file__).parents[2]
V2, V1 = "0::/shop/night\n", "4:memory:/\n3:cpu,cpuacct:/shop/night\n0::/\n"


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def machine(root: Path, groups: str, **limits: str) -> Path:
    """A root whose control groups hold these files; a file's path with `__` for `/`, and its text."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in limits.items():
        file = root / "sys/fs/cgroup" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_name(file.name.replace("~", ".")).write_text(text)
    return root


def v1(folder: str, quota: str, period: str = "100000") -> dict[str, str]:
    return {f"{folder}cpu~cfs_quota_us": quota, f"{folder}cpu~cfs_period_us": period}


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        (V2, {}, 8),
        (V2, {"shop__night__cpu~max": "max 100000"}, 8),
        (V2, {"shop__night__cpu~max": "200000 100000"}, 2),
        (V2, {"shop__night__cpu~max": "150000 100000"}, 2),  # a part of one counts as one
        (V2, {"shop__night__cpu~max": "50000 100000"}, 1),
        (V2, {"shop__night__cpu~max": "1600000 100000"}, 8),  # more than there are
        (V2, {"shop__night__cpu~max": "600000 100000", "shop__cpu~max": "300000 100000"}, 3),  # the group above
        (V2, {"cpu~max": "200000 100000"}, 2),  # a container that mounts its own group as the root
        (V2, {"shop__night__cpu~max": "nonsense"}, 8),
        (V1, v1("cpu__shop__night__", "200000"), 2),
        (V1, v1("cpu__shop__night__", "-1"), 8),
        (V1, v1("cpu__", "300000"), 3),
        (V1, {"cpu__shop__night__cpu~cfs_quota_us": "200000"}, 8),  # without its period it says nothing
        ("", {"cpu~max": "200000 100000"}, 8),
    ],
)
def test_no_more_threads_than_the_quotas_allow(
    tmp_path: Path, groups: str, limits: dict[str, str], expected: int
) -> None:
    assert threads(machine(tmp_path, groups, **limits)) == expected


def test_without_control_groups_it_is_the_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads(tmp_path) == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert threads(tmp_path) == 1


def test_what_the_user_says_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = machine(tmp_path, V2, **{"cpu~max": "100000 100000"})
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert threads(limited) == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "0")
    assert threads(limited) == 1
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    let_waiting_threads_sleep()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


TOLD_FIRST = """
import os, sys
class Watched:
    def find_spec(self, name, path=None, target=None):
        if name == "lightgbm": print("policy", os.environ.get("OMP_WAIT_POLICY")); sys.exit()
sys.meta_path.insert(0, Watched())
"""


@pytest.mark.parametrize(
    "door",
    [
        "import perennial; perennial.fit; import lightgbm",
        "import perennial; perennial.insights; import lightgbm",
        "from perennial.terminal.environment import prepare; prepare(); import lightgbm",
        "from serving.process.slim_import import import_lightgbm_alone as first; first()",
    ],
)
@pytest.mark.parametrize("own", ["", "ACTIVE"])
def test_every_door_says_how_to_wait_before_lightgbm_is_loaded(door: str, own: str) -> None:
    """OpenMP reads it once, when it is loaded: told later, nothing changes."""
    given = {**os.environ, "PYTHONPATH": str(ROOT)} | ({"OMP_WAIT_POLICY": own} if own else {})
    ended = subprocess.run(
        [sys.executable, "-c", TOLD_FIRST + door], env=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == f"policy {own or 'PASSIVE'}\n", ended.stderr
