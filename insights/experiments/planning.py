"""How many units a trial needs, and how small an effect a shop's own customers can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tea_tasting as tt
from scipy.stats import norm

from insights.experiments.comparing import FEW
from insights.experiments.measured import TrialSums
from insights.experiments.metrics import BEFORE, METRICS, aggregates, of_tea
from insights.experiments.sequence import dearer


@dataclass(frozen=True)
class Power:
    """What a trial on one metric can show.

    Attributes
    ----------
    mean : float            of the metric, over the days before
    detectable : float      relative effect found with the stated power, all units dealt, read once at the end
    adjusted : float        the same after CUPED
    always : float          the same after CUPED, where every look may stop the trial
    needed : int            units of both arms for the wanted effect, after CUPED, read once at the end
    """

    metric: str
    mean: float
    detectable: float
    adjusted: float
    always: float
    needed: int


def plan(
    measured: TrialSums, metrics: Sequence[str], shares: Mapping[str, float], effect: float,
    *, clustered: bool, alpha: float, power: float,
) -> list[Power]:  # fmt: skip
    """Solve for size and effect of the smallest arm beside the control.

    Parameters
    ----------
    measured : Measured     the days before, with those before them as the covariate
    shares : mapping        arm → share, the control first
    effect : float          the relative effect somebody hopes for, > 0
    alpha, power : float    after Bonferroni's correction: of one comparison
    """
    control, *others = shares.values()
    ratio, part = min(others) / control, min(others) + control
    data = aggregates(measured.columns, np.ones(len(measured), dtype=bool))
    solved = {"ratio": ratio, "alpha": alpha, "power": power, "use_t": False}
    strength = norm.ppf(power)
    wider = (dearer(alpha) + strength) / (norm.ppf(1 - alpha / 2) + strength)
    told = []
    for name in metrics:
        metric = METRICS[name]
        varies = len(measured) >= 2 * FEW and data.var(metric.numer + BEFORE) > 0
        sizes = {
            adjusted: of_tea(name, clustered=clustered, adjusted=adjusted and varies,
                             n_obs=int(len(measured) * part), **solved)
            for adjusted in (False, True)
        }  # fmt: skip
        plain, less = (_solved(sizes[one], data, "rel_effect_size") for one in (False, True))
        wanted = of_tea(name, clustered=clustered, adjusted=varies, rel_effect_size=effect, **solved)
        below = metric.denom or ("members" if clustered else None)
        mean = data.mean(metric.numer) / (1.0 if below is None else data.mean(below))
        told.append(Power(name, mean, plain, less, less * wider, round(_solved(wanted, data, "n_obs"))))
    return told


def _solved(metric: tt.Mean | tt.RatioOfMeans, data: object, parameter: str) -> float:
    return float(getattr(metric.solve_power(data, parameter)[0], parameter))
