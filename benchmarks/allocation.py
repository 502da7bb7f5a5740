"""`make bench-allocation`: how near to the optimum decisions come, and how long everybody takes.

200 random problems of 2,000 customers beside HiGHS, ten of 10,000 with the gap to the bound, and one night of a million
customers, eight actions and four channels from arrays to choices. Rows go to benchmarks/results/allocation.json.
"""

import resource
import time
from dataclasses import replace
from datetime import date

import numpy as np

from benchmarks.tables import show, write
from decisions.actions import Action, ActionOffer, Plan
from decisions.allocation import allocate as module
from decisions.allocation.allocate import allocate
from decisions.allocation.problem import Limit, Problem
from decisions.allowed.eligibility import Audience, menu_of
from decisions.choose import Setting, share_out
from decisions.stages import STAGES
from decisions.worth.worth import Effects

PROBLEMS, SMALL, LARGE, EVERYBODY = 200, 2_000, 10_000, 1_000_000
CHANNELS = ("email", "sms", "push", "call")


def main() -> None:
    """Measure and write the rows."""
    rows = [_beside_highs(), _gaps(), _a_night()]
    write("allocation", rows)
    show("Allocation", rows)


def problem(n: int, actions: int, channels: int, seed: int) -> Problem:
    """Skewed values, some options not allowed, scarce budget and capacities; in every second one many are alike."""
    rng, k = np.random.default_rng(seed), actions * channels
    values = rng.gamma(1.0, 10.0, (n, 1)) * rng.uniform(0, 0.3, (n, k))
    costs = rng.uniform(0.01, 3.0, k) + rng.uniform(0, 1, (n, 1)) * rng.uniform(0, 2, k)
    if seed % 2:
        values, costs = np.round(values), np.round(costs * 2) / 2
    values -= 0.3 * costs
    values[rng.random((n, k)) < 0.3] = -np.inf
    groups = [*(np.arange(k) % channels == one for one in range(channels))]
    groups += [np.arange(k) // channels == one for one in range(actions)]
    limits = [
        Limit(f"{i}", group, int(n * rng.uniform(0.0005, 0.1))) for i, group in enumerate(groups) if rng.random() < 0.6
    ]
    return Problem(values.astype(np.float32), costs.astype(np.float32), n * rng.uniform(0.01, 0.3), limits)


def _beside_highs() -> dict[str, object]:
    lost, started = [], time.monotonic()
    for seed in range(PROBLEMS):
        given = problem(SMALL, 3, 2, seed)
        exact = allocate(given)
        most, module.MOST_PAIRS = module.MOST_PAIRS, 0
        try:
            own = allocate(given)
        finally:
            module.MOST_PAIRS = most
        lost.append(1 - own.value / exact.value)
    return _row(f"{PROBLEMS} problems of {SMALL:,}: prices below HiGHS", lost, time.monotonic() - started)


def _gaps() -> dict[str, object]:
    started = time.monotonic()
    gaps = [allocate(problem(LARGE, 4, 3, seed)).gap for seed in range(10)]
    return _row(f"10 problems of {LARGE:,}: gap to the bound", gaps, time.monotonic() - started)


def _a_night() -> dict[str, object]:
    rng, n, c = np.random.default_rng(1), EVERYBODY, len(CHANNELS)
    offer = ActionOffer("BACK8", 8.0)
    actions = tuple(
        Action(f"action {i}", 0.05 * i, offer=offer if i % 2 else None, assumed_effect=0.01 * (i + 1)) for i in range(8)
    )
    plan = Plan((*actions[:7], replace(actions[7], capacity=2_000)), budget=50_000.0, channel_capacity={"call": 500})
    churn = rng.random(n)
    customers = Audience(
        ids=[f"C-{i:07d}" for i in range(n)],
        stage=np.full(n, STAGES.index("active"), dtype=np.int8),
        cause=np.zeros(n, dtype=np.int8),
        churn=churn,
        order=1 - churn,
        stake=rng.gamma(1.0, 200.0, n),
        contact=rng.random((n, c), dtype=np.float32),
        may=rng.random((n, c), dtype=np.float32) < 0.7,
        week=np.zeros((n, c), dtype=np.uint8),
        month=np.zeros((n, c), dtype=np.uint8),
        week_all=np.zeros(n, dtype=np.uint8),
        month_all=np.zeros(n, dtype=np.uint8),
        rested=np.ones((n, 8), dtype=bool),
        clear=np.ones((n, 8), dtype=bool),
        near=np.ones((n, 8), dtype=bool),
        suppressed=np.zeros(n, dtype=bool),
    )
    menu = menu_of(plan, CHANNELS, (0.0, 0.05, 0.0, 2.0))
    started = time.monotonic()
    shared = share_out(customers, menu, Effects(), Setting(date(2026, 6, 1), "k", 0.05, 0.02))
    seconds = time.monotonic() - started
    row = _row("a night of 1,000,000 × 8 actions × 4 channels: gap", [shared.allocation.gap], seconds)
    return row | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _row(case: str, lost: list[float], seconds: float) -> dict[str, object]:
    return {"case": case, "mean": float(np.mean(lost)), "largest": float(np.max(lost)), "seconds": round(seconds, 1)}


if __name__ == "__main__":
    main()
