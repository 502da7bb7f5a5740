"""What calibrated probabilities promise of themselves, before any outcome is in.

Where a score of .3 means three in ten, the outcomes are drawn from the scores: their metrics are what discrimination
and calibration will come to, as long as features and outcomes hang together as they did.

Source: confidence-based performance estimation, here by drawing, so that every metric has one home: the registry.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.evaluation.figures import figures
from training.evaluation.metrics.metric import Metric

Array = NDArray[np.float64]
DRAWS = 60


def expected_figures(
    probability: Array, outcome: str, answer: str, of: Sequence[Metric], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval]:
    """The metrics of a probability, if its outcomes came as it says.

    Parameters
    ----------
    probability : array (n,), [0, 1]
    outcome, answer : what the metrics call the two
    of : metrics of the registry that need no other outcome or answer

    Returns
    -------
    dict        metric → mean over the draws, and their middle 95 %: how far chance alone takes it with n customers

    Examples
    --------
    >>> from training.evaluation.metrics.registry import binary
    >>> scores = np.linspace(0, 1, 2_000)
    >>> found = expected_figures(scores, "churn", "churn_probability", binary("churn", "churn_probability"))
    >>> round(found["auc"].value, 2)
    0.83
    """
    chance = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        truth = (chance.random(len(probability)) < probability).astype(np.float64)
        for name, value in figures({outcome: truth}, {answer: probability}, of).items():
            drawn.setdefault(name, []).append(value)
    found = {}
    for name, values in drawn.items():
        low, high = np.quantile(values, [0.025, 0.975])
        found[name] = Interval(float(np.mean(values)), float(low), float(high))
    return found
