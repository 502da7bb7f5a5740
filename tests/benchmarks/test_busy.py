"""The benchmark under load leaves nothing running behind it, and its fits say how their threads wait."""

import subprocess
import sys

import pytest

from benchmarks import busy


def test_neighbours_end_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    opened = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **_: started.append(opened(*args)) or started[-1])
    monkeypatch.setattr(busy, "_NEIGHBOUR", "import time; time.sleep(60)")
    with pytest.raises(KeyError), busy.working(2):
        assert [one.poll() for one in started] == [None, None]
        raise KeyError
    assert all(one.poll() is not None for one in started)


@pytest.mark.parametrize(("how", "policy"), [(busy.SLEEPING, "PASSIVE"), (busy.SPINNING, "None")])
def test_only_the_fit_that_sleeps_is_told_to(how: str, policy: str) -> None:
    code = (
        "import os, benchmarks.busy as busy; busy._ROWS, busy._ROUNDS = 200, 1; "
        f"busy.fit_once({how!r}); print(os.environ.get('OMP_WAIT_POLICY'))"
    )
    told = subprocess.run([sys.executable, "-c", code], env=busy.told_nothing(), capture_output=True, check=True)
    assert told.stdout.decode().strip() == policy
