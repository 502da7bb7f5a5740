"""What a machine may lack is looked at first and told in a sentence: home, user, folder, port, an encoding."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.errors import PerennialError
from perennial.terminal.environment import refuse_unwritable_home
from tests.perennial.conftest import Perennial

CODE = Path(__file__).parents[3]
NAMES = ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME")
# A container with --user 12345 and nothing else, as far as a process can tell.
BARE = f"""
import os, pwd, sys
def nobody(*_): raise KeyError("getpwuid(): uid not found: 12345")
pwd.getpwuid = nobody
for name in {NAMES!r}: os.environ.pop(name, None)
from perennial.cli import main
main()
"""


def run(code: str, *words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    given: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(CODE), **environment}
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, timeout=120, check=False)


ASKING = """
from perennial.terminal.environment import prepare
prepare()
import getpass, pathlib, mlflow.environment_variables
print(getpass.getuser(), pathlib.Path.home())
"""
MAIN = "from perennial.cli import main; main()"


def test_a_user_without_home_or_entry_can_use_what_asks_for_both(home: Path) -> None:
    code = BARE.replace("from perennial.cli import main\nmain()\n", ASKING)
    ended = run(code, cwd=home, PERENNIAL_HOME=str(home / "home"))
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stdout.decode().split() == [f"uid-{os.getuid()}", str(home / "home")]


def test_a_letter_the_console_lacks_ends_nothing(home: Path, shop: Path) -> None:
    named = shop.rename(home / "东京")
    pq.write_table(pq.read_table(named / "orders.parquet").slice(0, 60), named / "orders.parquet")
    for encoding in ("latin-1", "ascii"):
        ended = run(
            MAIN, "check", "--shop", named, cwd=home, PERENNIAL_HOME=str(home / "home"), PYTHONIOENCODING=encoding
        )
        assert ended.returncode == 0, ended.stderr.decode(encoding)
        assert "??" in ended.stdout.decode(encoding)


def test_a_folder_that_is_gone_is_told(home: Path) -> None:
    gone = home / "gone"
    code = f"import os; os.rmdir({str(gone)!r})\n{MAIN}"
    gone.mkdir()
    ended = run(code, "features", "--list", cwd=gone)
    assert ended.returncode == 2 and ended.stderr.decode().startswith("The folder this command was started in is not")
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "verb",
    [
        *("check", "features", "train churn", "backtest churn", "score", "decide", "nightly", "report", "channels"),
        *("monitor", "outcomes", "review churn", "serve"),
    ],
)
def test_a_home_that_cannot_be_written_is_told_before_any_work(
    perennial: Perennial, home: Path, shop: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("PERENNIAL_HOME", str(home / "file" / "home"))
    ended = perennial(*verb.split(), "--shop", shop)
    assert ended.code == 2
    assert ("PERENNIAL_HOME cannot be written" in ended.err) == (verb != "serve") and "Traceback" not in ended.err


def test_a_read_only_home_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    refuse_unwritable_home()
    assert stat.S_IMODE((home / "home").stat().st_mode) == 0o700 and list((home / "home").iterdir()) == []
    monkeypatch.setattr(Path, "touch", refused)  # the tests may run as root, whom no mode stops
    with pytest.raises(PerennialError, match=r"PERENNIAL_HOME cannot be written: .*home \(Permission denied\)"):
        refuse_unwritable_home()


@pytest.mark.parametrize("verb", ["serve", "ui"])
def test_a_busy_port_is_told_before_anything_starts(
    perennial: Perennial, home: Path, shop: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("releases", "snapshots"):
        (home / "home" / kind / shop.name).mkdir(parents=True)
        (home / "home" / kind / shop.name / "current.json").touch()
    (home / "mlruns").mkdir()
    (home / "mlruns" / "mlflow.db").touch()
    monkeypatch.setattr("os.execve", lambda *_: pytest.fail("started"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = perennial(verb, *(("--shop", shop) if verb == "serve" else ()), "--port", port)
    assert (ended.code, ended.err.strip()) == (2, f"Port {port} is taken. Give another with --port.")


def test_another_folder_is_named_as_what_may_be_wrong(perennial: Perennial, home: Path, shop: Path) -> None:
    ended = perennial("serve", "--shop", shop)
    assert f"has no release to serve from in {home / 'home'}" in ended.err and "set PERENNIAL_HOME" in ended.err
    assert f"Looked in {home / 'mlruns'}" in perennial("score", "--shop", shop).err
