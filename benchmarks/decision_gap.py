"""`make bench-decisions`: what decisions are truly worth beside the best there are, in worlds of several mechanisms.

Each world is lived through by the loop (`perennial loop`): two quiet months, six by lot, then months in which every
policy may spend the same. Told is the share of the true optimum that each policy's messages are worth, the share of the
gap between the churn score and the optimum that ours closes, what could be known of the optimum by the shop's own
tables (operations.loop.knowable) and how much of the gap to that is closed, and the share of people outside exploration
whom ours writes to, which should be next to none where no message has an effect. `--worlds drawn` draws another
mechanism for each seed. The default takes some minutes; `--customers 20000 --months 10 --seeds 1 2 3 4 5 --worlds
usual` (18 months each, five seeds) takes hours. Rows go to benchmarks/results/decision_gap.json, beside those of other
worlds, seeds and sizes.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.tables import FOLDER, show, write
from operations.loop.policies import ALL, CHURN, NOBODY, OPTIMUM, OURS
from operations.loop.run import MonthTold, Protocol, closed, closed_of_knowable, run
from simulation.mechanism import MECHANISMS, WORLDS

Row = dict[str, object]
_KEY = ("world", "customers", "months", "seed")


def main(given: Sequence[str] | None = None) -> None:
    """Live through the worlds that were asked for, and write the rows."""
    asked = _asked(given)
    rows = []
    for world in asked.worlds:
        for seed in asked.seeds:
            rows.append(row_of(Protocol(asked.customers, asked.months, seed, mechanism=world), asked.threads))
            print(rows[-1], flush=True)
    write("decision_gap", merged(kept(FOLDER / "decision_gap.json"), rows))
    show("Share of the true optimum", rows)


def kept(path: Path) -> list[Row]:
    """The rows of earlier runs; none where there was none."""
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Rows of other worlds, seeds and sizes stay; those of the same were measured anew."""
    rows = {tuple(row[name] for name in _KEY): row for row in (*old, *new)}
    return [rows[key] for key in sorted(rows, key=str)]


def row_of(asked: Protocol, threads: int = 1) -> Row:
    """Live through one world, and tell it."""
    started = time.monotonic()
    told = run(asked, threads)
    return {
        "world": asked.mechanism, "seed": asked.seed, "customers": asked.customers, "months": asked.months,
        **shares(told),
        "closed": _rounded(closed(told, OURS, CHURN)),
        "knowable": _knowable(told),
        "closed of knowable": _rounded(closed_of_knowable(told, OURS, CHURN)),
        "contacted": _rounded(float(np.mean([one.contacted for one in told]))),
        "no effect": sum(one.verdict == "no effect" for one in told),
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip


def shares(told: Sequence[MonthTold]) -> Row:
    """Of what the optimum is worth over all months, the share each policy is worth; None where nothing is to be won."""
    sums = {name: sum(one.net[name] for one in told) for name in ALL}
    best = sums[OPTIMUM]
    return {name: _rounded(sums[name] / best) if best > 0 else None for name in ALL if name not in (NOBODY, OPTIMUM)}


def _knowable(told: Sequence[MonthTold]) -> float | None:
    best = sum(one.net[OPTIMUM] for one in told)
    return _rounded(sum(one.knowable for one in told) / best) if best > 0 else None


def _rounded(share: float) -> float | None:
    return None if np.isnan(share) else round(float(share), 3)


def _asked(given: Sequence[str] | None) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.decision_gap")
    asked.add_argument("--customers", type=int, default=3_000)
    asked.add_argument("--months", type=int, default=2)
    asked.add_argument("--seeds", type=int, nargs="+", default=[1])
    asked.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(MECHANISMS))
    asked.add_argument("--threads", type=int, default=1)
    return asked.parse_args(given)


if __name__ == "__main__":
    main()
