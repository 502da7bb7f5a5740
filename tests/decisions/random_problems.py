"""Allocation problems of all sorts, by seed."""

import numpy as np

from decisions.allocation.problem import Limit, Problem


def random_problem(n: int, actions: int, channels: int, seed: int, *, ties: bool = False) -> Problem:
    """n customers × actions × channels: skewed values, some options not allowed, scarce budget and capacities.

    Parameters
    ----------
    ties : many values and costs are alike
    """
    rng = np.random.default_rng(seed)
    k = actions * channels
    values = rng.gamma(1.0, 10.0, (n, 1)) * rng.uniform(0, 0.3, (n, k))
    costs = rng.uniform(0.01, 3.0, k) + rng.uniform(0, 1, (n, 1)) * rng.uniform(0, 2, k)
    if ties:
        values, costs = np.round(values), np.round(costs * 2) / 2
    values -= 0.3 * costs
    values[rng.random((n, k)) < 0.3] = -np.inf
    groups = [np.arange(k) % channels == one for one in range(channels)]
    groups += [np.arange(k) // channels == one for one in range(actions)]
    limits = [
        Limit(f"group {i}", group, int(n * rng.uniform(0.0005, 0.1)))
        for i, group in enumerate(groups)
        if rng.random() < 0.6
    ]
    return Problem(values.astype(np.float32), costs.astype(np.float32), n * rng.uniform(0.01, 0.3), limits)
