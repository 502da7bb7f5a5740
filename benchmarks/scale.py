"""`make bench-scale`: the whole way at several sizes, each command timed with its peak memory, and how cost grows.

    python -m benchmarks.scale 10000 30000 100000
    python -m benchmarks.scale 1000000 --in FOLDER

For each size a simulated world of 18 months is made, without its last day: read for the first time (`check`), trained
on (`train churn`, `train next_purchase`), scored (`score`: files, decisions, snapshot). Then the last day's rows are
added and the night runs again: the whole export is read anew, features built, everybody scored and decided for. Each is
a command of its own, as cron would start it. Growth is the slope of log seconds on log customers: 1 is linear. Nothing
else should run. PERENNIAL_MEMORY sets what the databases may take.

Rows go to benchmarks/results/scale.json after every command and name the code they were measured with. A run that was
cut off goes on with the first size that is not whole, as long as the code is the same. With `--in`, worlds and files
stay in FOLDER, and it goes on with the first command that had not ended. A size of which a command fails, or that takes
more than half of what was free on the disk, spilling included, ends there, says so in a row, and the next one begins.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from rich.progress import track

from benchmarks.tables import FOLDER, show, write
from operations.provenance import code_digest

SIZES = (10_000, 30_000, 100_000)
STEPS = ("simulate", "first load", "train churn", "train next_purchase", "first night", "a night with one new day")
MONTHS, SEED = 18, 5
_COMMAND = (str(Path(sys.executable).with_name("perennial")),)
Row = dict[str, object]
Step = tuple[str, Callable[[], Row]]


def main(sizes: tuple[int, ...], kept: Path | None = None) -> None:
    """Measure every size, write and show the rows; in a folder that is `kept`, what has been measured there counts."""
    code = code_digest()[:12]
    rows = whole_sizes(FOLDER / "scale.json", sizes, code)
    known = {row["customers"] for row in rows}
    for customers in track([one for one in sizes if one not in known], "sizes", disable=not sys.stderr.isatty()):
        with _folder(kept, customers) as folder:
            measured = resumed(customers, folder, code)
            for row in ending(customers, measured, folder, shutil.disk_usage(folder).free // 2):
                rows.append(row)
                write("scale", [*rows, *growth(rows)])
    show("What each command costs, by customers", [*rows, *growth(rows)])


@contextmanager
def _folder(kept: Path | None, customers: int) -> Iterator[Path]:
    if kept is not None:
        folder = kept.resolve() / str(customers)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="perennial-scale-") as folder:
        yield Path(folder)


def whole_sizes(path: Path, asked: Collection[int], code: str) -> list[Row]:
    """Rows of earlier runs that stay: of whole sizes that are not asked for, or were measured with this code."""
    try:
        rows: list[Row] = [row for row in json.loads(path.read_bytes()) if "customers" in row]
    except (OSError, ValueError):
        return []
    whole = {row["customers"] for row in rows if row["step"] == STEPS[-1]}
    stale = {row["customers"] for row in rows if row.get("code") != code and row["customers"] in asked}
    return [row for row in rows if row["customers"] in whole - stale]


def resumed(customers: int, folder: Path, code: str) -> Iterator[Row]:
    """The row of each command: as an earlier run left it in the folder, else of the command, which runs now."""
    path = folder / "rows.json"
    done: dict[object, Row] = {row["step"]: row for row in json.loads(path.read_bytes())} if path.exists() else {}
    for name, run in _commands(customers, folder, done):
        if name not in done:
            done[name] = {**run(), "code": code}
            path.write_text(json.dumps(list(done.values())))
        yield done[name]


def ending(customers: int, rows: Iterator[Row], folder: Path, most: int) -> Iterator[Row]:
    """The rows of a size as they come; one that says why where it ends early: at `most` bytes, or at an error."""
    try:
        for row in rows:
            yield row
            if (taken := _bytes(folder)) > most:
                yield {"customers": customers, "step": "stopped", "why": f"{taken / 2**30:.1f} GB of disk"}
                return
    except CommandError as error:
        yield {"customers": customers, "step": "stopped", "why": str(error)}


class CommandError(Exception):
    """A command of ours ended badly."""


def _commands(customers: int, folder: Path, done: Collection[object]) -> Iterator[Step]:
    """Each command by its name; what it needs is made ready before it runs."""
    world, shop, home = folder / "world", folder / "shop", folder / "home"
    (folder / "spill").mkdir(exist_ok=True)
    asked = ("--customers", str(customers), "--months", str(MONTHS), "--seed", str(SEED), "--out", str(world))
    runs = ("--mlruns", str(folder / "mlruns"))
    night = ("score", "--shop", str(shop), *runs, "--today")

    def measured(name: str, disk: Path, *arguments: str) -> Step:
        return name, lambda: _row(customers, name, _run(home, *arguments), disk)

    if "simulate" not in done:
        shutil.rmtree(world, ignore_errors=True)  # what a run that was cut off left of one
    yield measured("simulate", world, "simulate", *asked)
    last_day = _newest_day(world)
    copy_until(world, shop, last_day)
    yield measured("first load", home, "check", "--shop", str(shop))
    for task in ("churn", "next_purchase"):
        yield measured(f"train {task}", home, "train", task, "--shop", str(shop), *runs)
    yield measured("first night", home, *night, f"{last_day - timedelta(days=1):%Y-%m-%d}")
    copy_until(world, shop, None)
    yield measured("a night with one new day", home, *night, f"{last_day:%Y-%m-%d}")


def _newest_day(world: Path) -> datetime:
    (newest,) = duckdb.sql(f"SELECT date_trunc('day', max(known_at)) FROM '{world}/orders.parquet'").fetchall()[0]
    day: datetime = newest
    return day


def copy_until(world: Path, shop: Path, until: datetime | None) -> None:
    """The world's export as it was at a midnight; whole where none is given."""
    shop.mkdir(exist_ok=True)
    for path in world.glob("*.*"):
        if path.suffix != ".parquet" or until is None or "known_at" not in _columns(path):
            shutil.copyfile(path, shop / path.name)
        else:
            rows = f"SELECT * FROM '{path}' WHERE known_at < TIMESTAMP '{until}'"
            duckdb.sql(f"COPY ({rows}) TO '{shop / path.name}' (FORMAT parquet, COMPRESSION zstd)")


def _columns(path: Path) -> list[str]:
    return list(duckdb.sql(f"SELECT * FROM '{path}' LIMIT 0").columns)


def _run(home: Path, *arguments: str) -> tuple[float, resource.struct_rusage]:
    """Run a command of ours to its end.

    Raises
    ------
    CommandError    if it fails, with what it said last
    """
    around = {**os.environ, "PERENNIAL_HOME": str(home), "TMPDIR": str(home.parent / "spill")}
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        running = subprocess.Popen([*_COMMAND, *arguments], stdout=said, stderr=said, env=around)
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            said.seek(0)
            last = said.read().decode().strip().rpartition("\n")[2]
            raise CommandError(f"perennial {' '.join(arguments[:2])} ended with {running.returncode}: {last}")
    return seconds, used


def _row(customers: int, step: str, cost: tuple[float, resource.struct_rusage], disk: Path) -> Row:
    seconds, used = cost
    return {
        "customers": customers,
        "step": step,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": used.ru_maxrss // 1024,
        "disk_mb": _bytes(disk) // 2**20,
    }


def _bytes(folder: Path) -> int:
    """What a folder takes, a file under several names once."""
    told = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum({(one.st_dev, one.st_ino): one.st_size for one in told}.values())


def growth(rows: list[Row]) -> list[Row]:
    """The slope of log cost on log customers, for each step that was measured at two sizes or more."""
    found: list[Row] = []
    for step in dict.fromkeys(str(row["step"]) for row in rows if "cpu_seconds" in row):
        own = [row for row in rows if row["step"] == step]
        if len(own) > 1:
            sizes, cpu, memory = (np.log([float(str(row[name])) for row in own]) for name in _FITTED)
            slopes = {"cpu_growth": np.polyfit(sizes, cpu, 1)[0], "memory_growth": np.polyfit(sizes, memory, 1)[0]}
            codes = "+".join(dict.fromkeys(str(row["code"]) for row in own))
            found.append({"step": step, **{n: round(float(slope), 2) for n, slope in slopes.items()}, "code": codes})
    return found


_FITTED = ("customers", "cpu_seconds", "peak_mb")

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--in", dest="kept", type=Path)
    chosen = parser.parse_args()
    main(tuple(chosen.sizes) or SIZES, chosen.kept)
