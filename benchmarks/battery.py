"""`make battery-full`: what happens on real machines, every kind at its full number, and a table of what held.

    python -m benchmarks.battery [WORD]

Runs tests/faults as pytest would, WORD taking those whose name holds it, and writes a row a test to
benchmarks/results/battery.json: its cases, how many failed or were skipped, the seconds they took, and the digest of
the code. Rows of tests that were not run stay. Ends with pytest's own exit code.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.tables import FOLDER, show, write
from operations.provenance import code_digest

Row = dict[str, object]


def main(word: str = "") -> int:
    """Run the battery, write and show its rows."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "battery.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "tests/faults",
            f"--junitxml={told}",
            *(("-k", word) if word else ()),
        ]
        ended = subprocess.run(command, env={**os.environ, "PERENNIAL_BATTERY": "full"}, check=False).returncode
        found = rows(told, code_digest()[:12]) if told.exists() else []
    again = {row["test"] for row in found}
    path = FOLDER / "battery.json"
    known = json.loads(path.read_bytes()) if word and path.exists() else []
    table = sorted([*found, *(row for row in known if row["test"] not in again)], key=lambda row: str(row["test"]))
    write("battery", table)
    show("What was tried, and what held", table)
    return ended


def rows(told: Path, code: str) -> list[Row]:
    """A row a test of a JUnit report; cases of one test together."""
    cases: dict[str, list[ElementTree.Element]] = defaultdict(list)
    for case in ElementTree.parse(told).iter("testcase"):  # written by the pytest that was just run
        file = case.get("classname", "").removeprefix("tests.faults.")
        cases[f"{file}::{case.get('name', '').partition('[')[0]}"].append(case)
    return [
        {
            "test": test,
            "cases": len(found),
            "failed": sum(case.find("failure") is not None or case.find("error") is not None for case in found),
            "skipped": sum(case.find("skipped") is not None for case in found),
            "seconds": round(sum(float(case.get("time", 0)) for case in found), 1),
            "code": code,
        }
        for test, found in sorted(cases.items())
    ]


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
