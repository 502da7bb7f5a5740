"""Sample-ratio mismatch: arms that are not as large as they were dealt, so that whoever is missing tells the result."""

from collections.abc import Mapping
from dataclasses import dataclass

import tea_tasting as tt
from scipy.stats import chisquare
from tea_tasting.aggr import Aggregates

from insights.experiments.errors import ExperimentError

# Looser than the field's usual 0.001 and stricter than 0.05: a mismatch is a fault to look into, not a discovery.
ALARM = 0.01


@dataclass(frozen=True)
class Ratio:
    """Arms as they were counted and as they were dealt; `pvalue` of the two being the same."""

    counts: Mapping[str, int]
    expected: Mapping[str, float]
    pvalue: float

    @property
    def mismatch(self) -> bool:
        """Whether chance would do this less than once in a hundred trials."""
        return self.pvalue < ALARM

    @property
    def sentence(self) -> str:
        """The finding in words."""
        told = ", ".join(f"{arm} {n:,} ({self.expected[arm]:,.0f} expected)" for arm, n in self.counts.items())
        if not self.mismatch:
            return f"arms are as large as they were dealt: {told}; p = {self.pvalue:.3g}"
        return (
            f"sample-ratio mismatch: {told}; chance does this in {self.pvalue:.2g} of trials. Who is missing may "
            "differ from who is not: find out why (a filter, a redirect, a bot, a lost log) before any result is read."
        )


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> Ratio:
    """Compare counted arms with the shares they were dealt by.

    Two arms by tea-tasting's binomial or normal test, more by Pearson's chi-square over all of them at once.

    Raises
    ------
    ExperimentError     if a count is negative, or fewer than two arms were counted
    """
    total = sum(counts.values())
    if len(counts) < 2 or min(counts.values()) < 0 or total == 0:
        raise ExperimentError("counts of two arms or more are needed, such as control=44700,treatment=45489.")
    expected = {arm: total * shares[arm] / sum(shares[one] for one in counts) for arm in counts}
    if len(counts) == 2:
        experiment = tt.Experiment({"ratio": tt.SampleRatio({arm: shares[arm] for arm in counts})}, "arm")
        data = {arm: Aggregates(count_=n) for arm, n in counts.items()}
        pvalue = float(experiment.analyze(data, control=next(iter(counts)))["ratio"].pvalue)
    else:
        pvalue = float(chisquare(list(counts.values()), list(expected.values())).pvalue)
    return Ratio(dict(counts), expected, pvalue)
