"""`make bench-busy`: what a fit takes alone and beside processes that want the same processors.

Each fit runs in a process of its own, once with threads that wait as OpenMP has them wait, once as Perennial has them
wait; a neighbour computes without end on one processor. A fair share of the machine is what the scheduler gives a fit's
threads beside as many neighbours. Rows go to benchmarks/results/busy.json.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.tables import show, write
from scoring.processors import let_waiting_threads_sleep, threads

NEIGHBOURS = (0, 2, 8)
SPINNING, SLEEPING = "spin", "sleep"
_REPEATS = 3
_MOST_SECONDS = 300  # no neighbour outlives it, nor does a fit
_NEIGHBOUR = f"import time\nend = time.monotonic() + {_MOST_SECONDS}\nwhile time.monotonic() < end: pass"
_ROWS, _COLUMNS, _ROUNDS = 8_000, 60, 150


def main() -> None:
    """Measure every case and write the rows."""
    rows = [row(neighbours) for neighbours in NEIGHBOURS]
    write("busy", rows)
    show(f"A fit on {threads()} threads beside other processes, seconds (best of {_REPEATS})", rows)


def row(neighbours: int) -> dict[str, object]:
    """Seconds of a fit beside as many neighbours, with threads that spin and threads that sleep while they wait."""
    with working(neighbours):
        took = {how: min(_timed(how) for _ in range(_REPEATS)) for how in (SPINNING, SLEEPING)}
    share = min(1.0, threads() / (threads() + neighbours))
    return {
        "neighbours": neighbours,
        "spinning_s": round(took[SPINNING], 2),
        "sleeping_s": round(took[SLEEPING], 2),
        "sleeping_by_spinning": round(took[SLEEPING] / took[SPINNING], 2),
        "fair_share": round(share, 2),
    }


@contextmanager
def working(neighbours: int) -> Iterator[None]:
    """So many processes that want a processor each, ended with the block."""
    started = [subprocess.Popen([sys.executable, "-c", _NEIGHBOUR]) for _ in range(neighbours)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


def _timed(how: str) -> float:
    """Seconds of one fit in a process of its own, without its imports."""
    command = [sys.executable, "-m", "benchmarks.busy", how]
    ended = subprocess.run(
        command, env=told_nothing(), capture_output=True, text=True, timeout=_MOST_SECONDS, check=True
    )
    return float(ended.stdout)


def told_nothing() -> dict[str, str]:
    """This environment without a word on how threads wait."""
    return {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}


def fit_once(how: str) -> float:
    """Seconds of a fit on made rows."""
    if how == SLEEPING:
        let_waiting_threads_sleep()
    import numpy as np  # late: what waits how is settled when OpenMP is loaded

    from training.learners.boosting import boost

    chance = np.random.default_rng(0)
    inputs = chance.normal(size=(_ROWS, _COLUMNS)).astype(np.float32)
    truth = (inputs[:, 0] + chance.normal(size=_ROWS) > 0).astype(np.float64)
    names = [f"input_{i}" for i in range(_COLUMNS)]
    began = time.perf_counter()
    boost(inputs, names, truth, np.zeros(_ROWS), {"objective": "binary"}, set(names), rounds=_ROUNDS, threads=threads())
    return time.perf_counter() - began


def _run(words: Sequence[str]) -> None:
    if words:
        print(fit_once(words[0]))
    else:
        main()


if __name__ == "__main__":
    _run(sys.argv[1:])
