"""`make bench-experiments`: 2,000 made trials in which nothing is done, looked at every day. How many stop?

Customers buy at rates of their own, whatever arm they are dealt. In half the trials all begin on the first day and
their sums grow; in the other half they arrive over the first 28 days, each counted for 28 days. A trial is stopped on
the first day on which the confidence sequence of any metric leaves out 0; beside it, what looking at the fixed 95 %
interval every day would have called. Rows go to benchmarks/results/false_stops.json.
"""

import time
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.tables import show, write
from insights.experiments.assigning import tuned
from insights.experiments.comparing import compare
from insights.experiments.dealing import deal
from insights.experiments.design import ALPHA, Design
from insights.experiments.measured import TrialSums, before_start
from insights.experiments.metrics import BEFORE

TRIALS, CUSTOMERS, DAYS = 2_000, 800, 28
TOGETHER, ARRIVING = "all begin together", "customers arrive"
_DESIGN = Design("a-a", {"control": 0.5, "treatment": 0.5}, "customer", (), datetime(2026, 1, 1), DAYS,
                 ("ordered", "spend"), ALPHA, {})  # fmt: skip


def main() -> None:
    """Run the trials and write the rows."""
    rows = [row(kind, TRIALS // 2) for kind in (TOGETHER, ARRIVING)]
    write("false_stops", rows)
    show("Trials without any effect, looked at every day", rows)


def row(kind: str, trials: int, customers: int = CUSTOMERS) -> dict[str, object]:
    """How many trials of a kind are stopped, by the sequence and by the fixed interval looked at daily."""
    started = time.monotonic()
    stopped = [false_stops(kind, seed, customers) for seed in range(trials)]
    always, fixed = (sum(one) for one in zip(*stopped, strict=True))
    most = binomtest(always, trials).proportion_ci().high
    return {"case": kind, "trials": trials, "stopped": always, "share": always / trials, "at_most": float(most),
            "fixed_interval": fixed / trials, "seconds": round(time.monotonic() - started, 1)}  # fmt: skip


def false_stops(kind: str, seed: int, customers: int = CUSTOMERS) -> tuple[bool, bool]:
    """Whether one trial is stopped on any day: by the sequence, by a fixed interval of 95 % of either metric."""
    rng = np.random.default_rng([seed, kind == ARRIVING])
    orders, spend = _bought(rng, customers)
    units = [f"C-{i}" for i in range(customers)]
    arms = np.array(deal(units, [""] * customers, _DESIGN.arms, f"{kind} {seed}", {}))
    starts = rng.integers(0, DAYS, customers) if kind == ARRIVING else np.zeros(customers, dtype=np.int64)
    design = tuned(_DESIGN, before_start(_seen(units, arms, orders, spend, np.zeros_like(starts), 1)))
    always = fixed = False
    for look in range(2, DAYS + int(starts.max()) + 1):
        seen = _seen(units, arms, orders, spend, starts, look)
        if min(np.sum(seen.arms == arm) for arm in design.arms) < 2:
            continue
        found = compare(seen, design)
        always |= any(one.stops for one in found)
        fixed |= any(one.low > 0 or one.high < 0 for one in found)
    return always, fixed


def _bought(rng: np.random.Generator, customers: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Orders and spend a day over 28 days before, and 56 from, the first: (customers, 84) each."""
    rate = rng.gamma(0.7, 1 / 14, customers)[:, None]
    basket = rng.lognormal(3.0, 0.5, customers)[:, None]
    orders = rng.poisson(rate, (customers, 3 * DAYS)).astype(np.float64)
    return orders, orders * basket * rng.lognormal(0.0, 0.6, orders.shape)


def _seen(
    units: list[str], arms: NDArray[np.str_], orders: NDArray[np.float64], spend: NDArray[np.float64],
    starts: NDArray[np.int64], look: int,
) -> TrialSums:  # fmt: skip
    """The units that have begun before a day, and their sums up to it."""
    day, first = np.arange(3 * DAYS) - DAYS, starts[:, None]
    since = (day >= first) & (day < np.minimum(first + DAYS, look))
    past = (day < first) & (day >= first - DAYS)
    here = starts < look
    columns = {}
    for end, window in (("", since), (BEFORE, past)):
        bought = (orders * window).sum(axis=1)
        columns |= {f"orders{end}": bought, f"spend{end}": (spend * window).sum(axis=1),
                    f"ordered{end}": (bought > 0).astype(np.float64), f"members{end}": np.ones(len(units))}  # fmt: skip
    shown = {name: values[here] for name, values in columns.items()}
    return TrialSums([unit for unit, begun in zip(units, here, strict=True) if begun], arms[here], shown)


if __name__ == "__main__":
    main()
