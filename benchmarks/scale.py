"""`make bench-scale`: the whole way at several sizes, each command timed with its peak memory, and how cost grows.

    python -m benchmarks.scale 10000 30000 100000

For each size a simulated world of 18 months is made, without its last day: read for the first time (`check`), trained
on (`train churn`, `train next_purchase`), scored (`score`: files, decisions, snapshot). Then the last day's rows are
added and the night runs again: the whole export is read anew, features built, everybody scored and decided for. Each is
a command of its own, as cron would start it. Growth is the slope of log seconds on log customers: 1 is linear. Nothing
else should run. PERENNIAL_MEMORY sets what the databases may take.

Rows go to benchmarks/results/scale.json after every command. A run that was cut off goes on with the first size that is
not whole, as long as the code is the same. A size of which a command fails, or that takes more than 10 GB of disk,
spilling included, ends there, says so in a row, and the next one begins.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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
_MOST_DISK = 10 * 2**30  # bytes
_COMMAND = (str(Path(sys.executable).with_name("perennial")),)
Row = dict[str, object]


def main(sizes: tuple[int, ...]) -> None:
    """Measure every size, write and show the rows."""
    rows = whole_sizes(FOLDER / "scale.json", code_digest()[:12])
    known = {row["customers"] for row in rows}
    for customers in track([one for one in sizes if one not in known], "sizes", disable=not sys.stderr.isatty()):
        with tempfile.TemporaryDirectory(prefix="perennial-scale-") as folder:
            for row in ending(customers, _measured(customers, Path(folder)), Path(folder)):
                rows.append({**row, "code": code_digest()[:12]})
                write("scale", [*rows, *growth(rows)])
    show("What each command costs, by customers", [*rows, *growth(rows)])


def whole_sizes(path: Path, code: str) -> list[Row]:
    """Rows of an earlier run of the same code, of the sizes that were measured whole."""
    try:
        rows: list[Row] = [row for row in json.loads(path.read_bytes()) if row.get("code") == code]
    except (OSError, ValueError):
        return []
    whole = {row["customers"] for row in rows if row["step"] == STEPS[-1]}
    return [row for row in rows if row["customers"] in whole]


def ending(customers: int, rows: Iterator[Row], folder: Path) -> Iterator[Row]:
    """The rows of a size as they come; one that says why where it ends early."""
    try:
        for row in rows:
            yield row
            if (taken := _bytes(folder)) > _MOST_DISK:
                yield {"customers": customers, "step": "stopped", "why": f"{taken / 2**30:.1f} GB of disk"}
                return
    except CommandError as error:
        yield {"customers": customers, "step": "stopped", "why": str(error)}


class CommandError(Exception):
    """A command of ours ended badly."""


def _measured(customers: int, folder: Path) -> Iterator[Row]:
    world, shop, home = folder / "world", folder / "shop", folder / "home"
    (folder / "spill").mkdir()
    asked = ("--customers", str(customers), "--months", str(MONTHS), "--seed", str(SEED), "--out", str(world))
    yield _row(customers, "simulate", _run(home, "simulate", *asked), world)
    last_day = _newest_day(world)
    copy_until(world, shop, last_day)
    runs = ("--mlruns", str(folder / "mlruns"))
    yield _row(customers, "first load", _run(home, "check", "--shop", str(shop)), home)
    for task in ("churn", "next_purchase"):
        yield _row(customers, f"train {task}", _run(home, "train", task, "--shop", str(shop), *runs), home)
    night = ("score", "--shop", str(shop), *runs, "--today")
    yield _row(customers, "first night", _run(home, *night, f"{last_day - timedelta(days=1):%Y-%m-%d}"), home)
    copy_until(world, shop, None)
    yield _row(customers, "a night with one new day", _run(home, *night, f"{last_day:%Y-%m-%d}"), home)


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
            found.append({"step": step, **{name: round(float(slope), 2) for name, slope in slopes.items()}})
    return found


_FITTED = ("customers", "cpu_seconds", "peak_mb")

if __name__ == "__main__":
    main(tuple(int(text) for text in sys.argv[1:]) or SIZES)
