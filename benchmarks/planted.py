"""Plant one defect after the other on a copy of the sources, and see which tests notice.

    python -m benchmarks.planted [WORD]

A defect is caught when one of the tests that name its meaning fails; those tests pass on the sources as they are. The
list is benchmarks/planted.toml; WORD takes those whose description holds it. Writes benchmarks/results/planted.json.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = ROOT / "benchmarks" / "planted.toml"
RESULTS = ROOT / "benchmarks" / "results" / "planted.json"
_SECONDS = 600


@dataclass(frozen=True)
class Defect:
    """A mistake of one line, and where it must be noticed.

    Attributes
    ----------
    what : the mistake, in words
    file : where it is planted
    old, new : a text that stands once in the file, and what it becomes
    tests : files or folders of which one test must fail
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def plant(self, folder: Path) -> None:
        """Plant it on a copy.

        Raises
        ------
        SystemExit   if the text does not stand there just once: the list is to follow the sources
        """
        path = folder / self.file
        content = path.read_text()
        if content.count(self.old) != 1:
            raise SystemExit(f"{self.file} holds {self.old!r} {content.count(self.old)} times, expected once.")
        path.write_text(content.replace(self.old, self.new))


def defects() -> list[Defect]:
    """The list."""
    told = tomllib.loads(LIST.read_text())["defect"]
    return [Defect(**{**one, "tests": tuple(one["tests"])}) for one in told]


def noticed_by(defect: Defect) -> str:
    """The first test that fails with the defect planted; "" where all pass."""
    with tempfile.TemporaryDirectory(prefix="perennial-planted-") as folder:
        copy = Path(folder)
        for name in subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        defect.plant(copy)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider", *defect.tests]
        around = {**os.environ, "PYTHONPATH": folder}
        ended = subprocess.run(
            command, cwd=copy, env=around, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    failed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED tests", "ERROR tests"))]
    return failed[0].split(" - ")[0].partition(" ")[2] if failed else ("the run" if ended.returncode > 1 else "")


def main(word: str = "") -> None:
    """Plant, test, tell."""
    rows = []
    for defect in [one for one in defects() if word in one.what]:
        began = time.monotonic()
        by = noticed_by(defect)
        rows.append({"what": defect.what, "file": defect.file, "noticed_by": by})
        print(f"{'caught' if by else 'MISSED':7} {defect.what} ({time.monotonic() - began:.0f} s) {by}", flush=True)
    caught = sum(bool(row["noticed_by"]) for row in rows)
    print(f"{caught} of {len(rows)} caught")
    if not word:
        RESULTS.write_text(json.dumps({"caught": caught, "planted": len(rows), "defects": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
