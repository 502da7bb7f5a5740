"""`make bench-alarms`: how often drift alarms on nights on which nothing changed, and how often it finds what did.

Made rows of 200 columns: some hang together, some have long tails, some are mostly 0, some are missing one time in ten.
An unchanged night draws both samples from one law; false alarms are nights with an alarm in any column at all. A shift
moves one column, chosen by lot, by half of its standard deviation. Last come nights of one shop whose customers stay:
with the customers shared out between the samples, as `perennial monitor` does, and with all of them on both sides.
Rows go to benchmarks/results/alarms.json. `python -m benchmarks.alarms 0.01` draws a hundredth of the nights,
`python -m benchmarks.alarms 1 1000 10000` those of these sizes, and keeps the rows of others (a million takes an hour).
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from benchmarks.tables import FOLDER, show, write
from operations.monitor.permutation import Shift, shifts

Rows = NDArray[np.float32]
Chance = np.random.Generator

COLUMNS = tuple(f"column_{number}" for number in range(200))
NIGHTS = {1_000: 10_000, 10_000: 10_000, 1_000_000: 500}
SHIFTED, SHOPS = 1_000, 100
_NIGHTS_A_SHOP, _STAYS = 20, 0.97  # how much of a customer's value is left a night later
_PILOT, _AT_ONCE = 200_000, 5_000


def main(share: float = 1.0, *sizes: float) -> None:
    """Measure and write the rows, a case at a time; rows of sizes that are not asked for stay."""
    path = FOLDER / "alarms.json"
    known = {row["case"]: row for row in (json.loads(path.read_bytes()) if sizes and path.exists() else [])}
    cases: list[Callable[[], dict[str, object]]] = [
        partial(unchanged, n, max(1, round(nights * share))) for n, nights in NIGHTS.items() if not sizes or n in sizes
    ]
    cases.append(partial(shifted, 1_000, max(1, round(SHIFTED * share))))
    cases += [partial(staying, 2_000, max(1, round(SHOPS * share)), apart=apart) for apart in (True, False)]
    for case in cases:
        row = case()
        known[row["case"]] = row
        write("alarms", list(known.values()))
    show("Alarms", list(known.values()))


def unchanged(n: int, nights: int, seed: int = 1) -> dict[str, object]:
    """Nights whose samples come from one law, n rows each."""

    def alarmed(night: int, chance: Chance) -> bool:
        return any(one.alarm for one in _compared(_rows(n, chance), _rows(n, chance), night))

    return _counted(f"unchanged, n = {n:,}", nights, alarmed, seed)


def shifted(n: int, nights: int, seed: int = 2) -> dict[str, object]:
    """Nights on which one column moved by half a standard deviation; a hit is an alarm in that column."""
    deviations = np.nanstd(_rows(_PILOT, np.random.default_rng(0)), axis=0)

    def alarmed(night: int, chance: Chance) -> bool:
        column = int(chance.integers(len(COLUMNS)))
        reference, tonight = _rows(n, chance), _rows(n, chance)
        tonight[:, column] += 0.5 * deviations[column]
        return _compared(reference, tonight, night)[column].alarm

    return _counted(f"one column moved by .5 sd, n = {n:,}", nights, alarmed, seed)


def staying(n: int, shops: int, *, apart: bool, seed: int = 3) -> dict[str, object]:
    """Nights of shops whose n customers stay from the reference on, their values changing slowly."""

    def alarms(shop: int, chance: Chance) -> int:
        reference = _normal(n, chance)
        tonight, found = reference, 0
        for night in range(_NIGHTS_A_SHOP):
            tonight = np.float32(_STAYS) * tonight + np.float32(np.sqrt(1 - _STAYS**2)) * _normal(n, chance)
            order = chance.permutation(n)
            one, other = (order[: n // 2], order[n // 2 :]) if apart else (order, chance.permutation(n))
            found += any(one.alarm for one in _compared(reference[one], tonight[other], night))
        return found

    told = "shared out" if apart else "all on both sides"
    return _counted(f"customers who stay, n = {n:,}, {told}", shops, alarms, seed, _NIGHTS_A_SHOP)


def _counted(
    case: str, times: int, alarms: Callable[[int, Chance], int], seed: int, each: int = 1
) -> dict[str, object]:
    """How many of `times` × `each` nights alarmed, with the 95 % interval (Clopper & Pearson) of the rate."""
    chance, started = np.random.Generator(np.random.SFC64([seed, times])), time.process_time()
    found, nights = sum(int(alarms(number, chance)) for number in range(times)), times * each
    seconds = time.process_time() - started
    low = beta.ppf(0.025, found, nights - found + 1) if found else 0.0
    high = beta.ppf(0.975, found + 1, nights - found) if found < nights else 1.0
    return {
        "case": case,
        "nights": nights,
        "alarms": found,
        "rate_pct": round(100 * found / nights, 3),
        "low_pct": round(100 * float(low), 3),
        "high_pct": round(100 * float(high), 3),
        "ms_a_night": round(1000 * seconds / nights, 1),
    }


def _compared(reference: Rows, tonight: Rows, night: int) -> tuple[Shift, ...]:
    return shifts(reference, tonight, COLUMNS, seed=night)


def _rows(n: int, chance: Chance) -> Rows:
    """A fifth of the columns each: apart, hanging together, with long tails, mostly 0, missing one time in ten."""
    rows = np.empty((n, len(COLUMNS)), dtype=np.float32)
    for start in range(0, n, _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        chance.random(out=some, dtype=np.float32)
        some[:, 40:80] += 2 * chance.random((len(some), 1), dtype=np.float32)
        some[:, 80:120] = 1 / (some[:, 80:120] + np.float32(0.02))
        some[:, 120:160] = np.maximum(some[:, 120:160] - np.float32(0.7), 0)
        some[:, 160:][some[:, 160:] < 0.1] = np.nan
    return rows


def _normal(n: int, chance: Chance) -> Rows:
    return chance.standard_normal((n, len(COLUMNS)), dtype=np.float32)


if __name__ == "__main__":
    main(*(float(given) for given in sys.argv[1:]))
