"""Trainings, promotions and rollbacks killed at one write after the other: run as a process of its own.

    python -m tests.faults.registry_killer FOLDER '{"training": 5, "promotion": 5, "rollback": 5}'

FOLDER holds booster.txt and whole/mlruns with an empty database. Makes FOLDER/<work>/killed-<n> for so many moments
spread evenly over the work's writes: file operations, and statements that change MLflow's database. A file about to be
overwritten is cut to nothing first, as a process that dies after opening it leaves it. Writes FOLDER/moments.json.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy

from scoring.release import Release
from tests.training.tiny_fits import bare_shop, churn_fit
from tests.training.tiny_models import FEATURES, NOW
from training.evaluation import figures
from training.evaluation.folds import Fitted
from training.review import run_record, sign_off
from training.review.export import Champion, ColumnNote, Surroundings, export_release

SHOP, TASK = "corner-shop", "churn"
_FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
_NOISE = {"bad": 2.0, "good": 0.2}


def quick() -> None:
    """A process for the preflight and the plots take seconds and write nothing here."""
    sign_off.try_elsewhere = lambda *_: 0.0  # type: ignore[assignment]
    run_record.figures = lambda *_: {}  # type: ignore[assignment]
    figures._DRAWS = 40  # type: ignore[attr-defined]


def fitted(home: Path, which: str, booster: str) -> Fitted:
    """A fit in a folder beside the home, as `perennial train` has it in a temporary one."""
    return churn_fit(home.with_name(f"{home.name}-{which}"), booster, noise=_NOISE[which])


def export_to(home: Path) -> Callable[[Mapping[str, Champion]], Release]:
    """Writes releases under a home; each call a moment later than those that are there."""
    around = Surroundings(
        SHOP, "UTC", "EUR", [ColumnNote(name, f"{name}-print", "days", "", None) for name in FEATURES]
    )

    def export(champions: Mapping[str, Champion]) -> Release:
        releases = home / "releases"
        at = NOW + timedelta(hours=len(list(releases.glob("*"))))
        return export_release(champions, around, releases=releases, created_at=at)

    return export


def train(home: Path, which: str, booster: str) -> None:
    """What follows a fit: log, register, release the champions."""
    sign_off.log(fitted(home, which, booster), bare_shop(home), mlruns=home / "mlruns")
    export_to(home)(sign_off.champions_of(SHOP, mlruns=home / "mlruns"))


def promote(home: Path, booster: str) -> None:
    sign_off.promote(
        bare_shop(home), TASK, 2, by="Ana", why="Better.", at=NOW, mlruns=home / "mlruns", export=export_to(home)
    )


def rollback(home: Path, booster: str) -> None:
    sign_off.rollback(SHOP, TASK, by="Ana", why="Worse.", at=NOW, mlruns=home / "mlruns", export=export_to(home))


WORK: Mapping[str, Callable[[Path, str], None]] = {
    "training": lambda home, booster: train(home, "bad", booster),
    "promotion": promote,
    "rollback": rollback,
}


def killed_at(home: Path, moment: int, work: Callable[[Path, str], None], booster: str) -> int:
    """Do work in a child that kills itself at a write; the number of writes it came to."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        quick()
        _watch(home, moment, writing)
        try:
            work(home, booster)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        found = len(told.read())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in ((0,) if moment < 0 else (0, -signal.SIGKILL)), f"{home}: ended with {status}"
    return found


def _watch(home: Path, moment: int, writing: int) -> None:
    """Tell a byte for every write of this process; at the moment, die of it."""
    count = 0

    def one(overwritten: str = "") -> None:
        nonlocal count
        count += 1
        os.write(writing, b".")
        if count == moment:
            if overwritten and os.path.isfile(overwritten):  # noqa: PTH113
                os.truncate(overwritten, 0)
            os.kill(os.getpid(), signal.SIGKILL)

    def file(event: str, told: tuple[Any, ...]) -> None:
        if not told or not str(told[0]).startswith(str(home)) or count == moment:
            return
        if event in _FILES:
            one()
        elif event == "open" and set(str(told[1] or "r")) & set("wax+"):
            one(str(told[0]) if "w" in told[1] else "")

    def statement(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.lstrip()[:6].upper() not in ("SELECT", "PRAGMA"):
            one()

    sys.addaudithook(file)
    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "before_cursor_execute", statement)
    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "commit", lambda _: one())


def main(folder: Path, counts: Mapping[str, int]) -> None:
    """Each work starts from where the one before it ended, had nobody disturbed it."""
    for name in ("pyfunc", "store.tracking.sqlalchemy_store", "store.model_registry.sqlalchemy_store"):
        import_module(f"mlflow.{name}")  # once, before the children are forked: it takes seconds
    booster, moments = (folder / "booster.txt").read_text(), {}
    for work, count in counts.items():
        place = folder / work
        shutil.copytree(folder / "whole", place / "start")
        if work == "promotion":
            killed_at(place / "start", -1, lambda home, text: train(home, "good", text), booster)
        shutil.rmtree(folder / "whole")
        shutil.copytree(place / "start", folder / "whole")
        writes = killed_at(folder / "whole", -1, WORK[work], booster)
        moments[work] = sorted({1 + (2 * i + 1) * writes // (2 * count) for i in range(count)})
        for moment in moments[work]:
            home = place / f"killed-{moment}"
            shutil.copytree(place / "start", home)
            killed_at(home, moment, WORK[work], booster)
    (folder / "moments.json").write_text(json.dumps(moments))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
