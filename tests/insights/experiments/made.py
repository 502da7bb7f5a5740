"""Made units of a trial: what they did before foretells half of what they do."""

from datetime import datetime

import numpy as np

from insights.experiments.design import Design
from insights.experiments.measured import TrialSums


def design(**changed):
    told = {"name": "t", "arms": {"control": 0.5, "voucher": 0.5}, "unit": "customer", "strata": (), "days": 28,
            "starts": datetime(2026, 1, 1), "metrics": ("ordered", "spend"), "alpha": 0.05, "scale": {}}  # fmt: skip
    return Design(**{**told, **changed})


def measured(n=2_000, effect=0.0, seed=0, arms=("control", "voucher")):
    """`effect` is added to the spend of every unit of the last arm."""
    rng = np.random.default_rng(seed)
    dealt = np.array(arms)[rng.permutation(n) % len(arms)]
    level = rng.gamma(2.0, 20.0, n)
    spend = {end: level + rng.gamma(1.0, 10.0, n) for end in ("", "_before")}
    spend[""] += effect * (dealt == arms[-1])
    columns = {}
    for end in ("", "_before"):
        orders = rng.poisson(2.0, n).astype(float)
        columns |= {f"spend{end}": spend[end], f"orders{end}": orders, f"ordered{end}": (orders > 0).astype(float),
                    f"members{end}": np.ones(n)}  # fmt: skip
    return TrialSums([f"C-{i}" for i in range(n)], dealt, columns)
