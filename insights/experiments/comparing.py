"""Differences between arms: with an interval for the planned end, corrected for their number, and one for each look."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tea_tasting as tt
from tea_tasting.aggr import Aggregates

from insights.experiments.design import Design
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import TrialSums, counts
from insights.experiments.metrics import BEFORE, METRICS, aggregates, of_tea
from insights.experiments.sequence import radius

_NORMAL_95 = 1.959963984540054
FEW = 30


@dataclass(frozen=True)
class Difference:
    """One arm beside the control on one metric.

    Attributes
    ----------
    control, treated : float        the metric in each arm; adjusted where `adjusted`
    difference, low, high : float   and its 95 % interval, right at the planned end alone
    error : float                   standard error of the difference
    relative : float                difference / control
    pvalue, corrected : float       alone; and Holm's over all differences of the trial
    always_low, always_high         the confidence sequence's interval, right at every look, over all differences
    n : int                         units of both arms
    adjusted : bool                 by what the units did before (CUPED)
    """

    arm: str
    metric: str
    control: float
    treated: float
    difference: float
    low: float
    high: float
    error: float
    relative: float
    pvalue: float
    corrected: float
    always_low: float
    always_high: float
    n: int
    adjusted: bool

    @property
    def stops(self) -> bool:
        """Whether the trial may be stopped here, whenever it was looked at."""
        return self.always_low > 0 or self.always_high < 0

    @property
    def few(self) -> bool:
        """Whether there are so few units that intervals, which need many, are doubtful."""
        return self.n < 2 * FEW


def compare(measured: TrialSums, design: Design, *, adjust: bool = True) -> list[Difference]:
    """Every arm beside the control on every metric.

    Parameters
    ----------
    adjust : bool       by what the units did before (CUPED), where that can be

    Raises
    ------
    ExperimentError     if an arm has vanished: fewer than two of its units are left
    """
    found = counts(measured, tuple(design.arms))
    gone = [arm for arm, n in found.items() if n < 2]
    if gone:
        raise ExperimentError(
            f"arm '{gone[0]}' of '{design.name}' has {found[gone[0]]} of {len(measured):,} units left, and no "
            "difference can be told of it. Look for what removed them: a filter, an erasure, a file that was replaced."
        )
    data = {arm: aggregates(measured.columns, measured.arms == arm) for arm in design.arms}
    alike = {metric: adjust and _can_adjust(data, metric) for metric in design.metrics}
    results = {
        (arm, metric): _analysed(design, data, arm, metric, alike[metric])
        for arm in design.treatments
        for metric in design.metrics
    }
    corrected = holm({key: math.nan if one is None else float(one.pvalue) for key, one in results.items()})
    return [
        _difference(design, key, alike[key[1]], result, corrected[key], found[design.control] + found[key[0]])
        for key, result in results.items()
    ]


def _analysed(design: Design, data: Mapping[str, Aggregates], arm: str, metric: str, adjusted: bool) -> Any:
    """tea-tasting's result; None where nothing can be told yet: no order, or the same of everybody."""
    pair = {design.control: data[design.control], arm: data[arm]}
    if not any(_tells(one, metric) for one in pair.values()) or not all(_divides(one, metric) for one in pair.values()):
        return None
    wanted = of_tea(metric, clustered=design.unit != "customer", adjusted=adjusted)
    return tt.Experiment({metric: wanted}, "arm").analyze(pair, control=design.control)[metric]


def _can_adjust(data: Mapping[str, Aggregates], metric: str) -> bool:
    """Whether what units did before can be held against what they do: many units, varied, nothing over 0."""
    return all(
        one.count() >= FEW and _tells(one, metric, BEFORE) and _divides(one, metric, BEFORE) for one in data.values()
    )


def _tells(one: Aggregates, metric: str, end: str = "") -> bool:
    return bool(one.var(METRICS[metric].numer + end) > 0)


def _divides(one: Aggregates, metric: str, end: str = "") -> bool:
    denom = METRICS[metric].denom
    return denom is None or bool(one.mean(denom + end) > 0)


def _difference(
    design: Design, key: tuple[str, str], adjusted: bool, result: Any, corrected: float, n: int
) -> Difference:
    if result is None:
        nothing = math.nan
        return Difference(*key, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, corrected,
                          -math.inf, math.inf, n, False)  # fmt: skip
    low, high, effect = (float(one) for one in (result.effect_size_ci_lower, result.effect_size_ci_upper,
                                                result.effect_size))  # fmt: skip
    statistic = float(result.statistic)
    error = effect / statistic if statistic else (high - low) / (2 * _NORMAL_95)
    wide = radius(n, error, design.scale.get("/".join(key), 0.0), design.alpha / design.comparisons)
    centre = effect if math.isfinite(wide) else 0.0
    return Difference(
        *key, float(result.control), float(result.treatment), effect, low, high, error, float(result.rel_effect_size),
        float(result.pvalue), corrected, centre - wide, centre + wide, n, adjusted,
    )  # fmt: skip


def holm(pvalues: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """p-values corrected for their number by Holm's step-down (tea-tasting's, for any dependence).

    A comparison of which nothing can be told (no order at all) counts as p = 1.
    """
    known = {key: (p if math.isfinite(p) else 1.0) for key, p in pvalues.items()}
    results = tt.experiment.ExperimentResult({f"{arm}/{metric}": {"pvalue": p} for (arm, metric), p in known.items()})
    told = tt.adjust_fwer(results, arbitrary_dependence=True, method="bonferroni", alpha=0.05)
    by_name = {one["metric"]: float(one["pvalue_adj"]) for one in told.to_dicts()}
    return {(arm, metric): by_name[f"{arm}/{metric}"] for arm, metric in known}
