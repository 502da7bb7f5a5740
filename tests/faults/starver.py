"""Work that may take so much more memory than it begins with, or write no larger files: a process that forks each.

    python -m tests.faults.starver FOLDER '{"check": [30, 100], "night": [30]}' '{"check": [8000]}'

FOLDER holds shop/orders.parquet, home, in which a night has run, for trainings mlruns with an empty database, and for
commands that need a model trained/home and trained/mlruns, in which there is one.
Every work has a home of its own: FOLDER/<work>-<MiB> with so many MiB of address space beyond what everything imported
takes, FOLDER/<work>-<bytes> where no file may be larger. Writes FOLDER/ended.json: how each ended and what it said; a
negative code is a signal.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import ibis  # noqa: F401
import lightgbm  # noqa: F401  all that the work imports is there before memory is short
import sklearn.linear_model  # noqa: F401
import tea_tasting  # noqa: F401

import perennial.nights.night_steps  # noqa: F401
from perennial import cli
from perennial.terminal.errors import told
from tests.faults.killer import night, shop_in

LONGEST = 600.0  # seconds
UNTIL = "2025-10-27"
TRAINED = ("score", "nightly")  # work that needs a model


def command(folder: Path, home: Path, *arguments: str) -> None:
    os.environ["PERENNIAL_HOME"] = str(home)
    sys.argv = ["perennial", *arguments, "--shop", str(folder / "shop")]
    cli.main()


def a_night(folder: Path, home: Path) -> None:
    with told(debug=False):
        night(shop_in(home))


WORK: Mapping[str, Callable[[Path, Path], None]] = {
    "check": lambda folder, home: command(folder, home, "check"),
    "build": lambda folder, home: command(folder, home, "features", "--at", "2025-09-01", "--out", f"{home}/x.parquet"),
    "train": lambda folder, home: command(folder, home, "train", "churn", "--mlruns", str(home / "mlruns")),
    "night": a_night,
    "score": lambda folder, home: command(folder, home, "score", "--at", UNTIL, "--mlruns", str(home / "mlruns")),
    "nightly": lambda folder, home: command(
        folder, home, "nightly", "--today", "2025-10-26", "--mlruns", str(home / "mlruns")
    ),
}


def within(
    megabytes: int | None, room: int, work: Callable[[Path, Path], None], folder: Path, home: Path
) -> dict[str, object]:
    """Do work in a child that may take so much more memory, or room; how it ended and what it said."""
    said = home.with_suffix(".said")
    child = os.fork()
    if child == 0:
        output = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = resource.RLIM_INFINITY if megabytes is None else taken + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        try:
            work(folder, home)
        except SystemExit as end:
            os._exit(int(end.code or 0))
        os._exit(0)
    return {"code": ended(child), "said": said.read_text(errors="replace")}


def ended(child: int) -> int | str:
    """A child's exit code; "hangs" of one that had to be killed, long after the slowest machine would be done."""
    last = time.monotonic() + LONGEST
    while time.monotonic() < last:
        process, status = os.waitpid(child, os.WNOHANG)
        if process:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hangs"


def main(folder: Path, limits: Mapping[str, list[int]], rooms: Mapping[str, list[int]]) -> None:
    imported = within(None, resource.RLIM_INFINITY, WORK["check"], folder, folder / "home")
    assert imported["code"] == 0, imported
    asked: list[tuple[str, int | None, int]] = [
        *((work, size, resource.RLIM_INFINITY) for work, sizes in limits.items() for size in sizes),
        *((work, None, room) for work, sizes in rooms.items() for room in sizes),
    ]
    how: dict[str, object] = {}
    for work, megabytes, room in asked:
        home = folder / f"{work}-{megabytes or room}"
        if work != "check":  # an import is what runs out there; the others have it behind them
            shutil.copytree(folder / "trained" / "home" if work in TRAINED else folder / "home", home)
        if work in ("train", *TRAINED):
            shutil.copytree(folder / "trained" / "mlruns" if work in TRAINED else folder / "mlruns", home / "mlruns")
        how[home.name] = within(megabytes, room, WORK[work], folder, home)
    (folder / "ended.json").write_text(json.dumps(how))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(json.loads, sys.argv[2:]))
