"""A/A: many made trials on what customers did anyway. One in twenty may call an effect, and no more."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest

from insights.experiments.comparing import compare
from insights.experiments.dealing import lots
from insights.experiments.design import Design
from insights.experiments.measured import TrialSums

LEVEL = 0.05
_DOUBT = 0.001  # of the test whether the share of false alarms can be one in twenty


@dataclass(frozen=True)
class FalseAlarms:
    """What made trials without any effect say of one metric.

    Attributes
    ----------
    alarms, trials : int    trials whose fixed interval leaves out 0, of how many
    low, high : float       95 % interval of the share
    """

    metric: str
    alarms: int
    trials: int
    low: float
    high: float

    @property
    def doubtful(self) -> bool:
        """Whether the share cannot be the promised one in twenty."""
        return bool(binomtest(self.alarms, self.trials, LEVEL).pvalue < _DOUBT)


def false_alarms(past: TrialSums, design: Design, trials: int) -> list[FalseAlarms]:
    """Deal the units anew under many keys, over days in which nothing was done, and count what is called an effect.

    Parameters
    ----------
    past : Measured     units and their sums over days before the trial
    """
    pair = {design.control: 0.5, design.treatments[0]: 0.5}
    halves = replace(design, arms=pair, scale={})
    names = np.array(list(pair))
    alarms = dict.fromkeys(design.metrics, 0)
    for trial in range(trials):
        order = np.argsort(np.argsort(lots(past.units, f"{design.name}\0{trial}")))
        dealt = replace(past, arms=names[order % 2])
        for one in compare(dealt, halves, adjust=False):
            alarms[one.metric] += one.pvalue < LEVEL
    return [_told(metric, count, trials) for metric, count in alarms.items()]


def _told(metric: str, count: int, trials: int) -> FalseAlarms:
    interval = binomtest(count, trials, LEVEL).proportion_ci()
    return FalseAlarms(metric, count, trials, float(interval.low), float(interval.high))
