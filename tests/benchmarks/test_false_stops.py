"""The benchmark of false stops, at a smaller size."""

import pytest

from benchmarks.false_stops import ARRIVING, TOGETHER, row


@pytest.mark.slow
@pytest.mark.parametrize("kind", [TOGETHER, ARRIVING])
def test_few_trials_without_an_effect_are_stopped_though_looked_at_daily(kind):
    told = row(kind, trials=12, customers=200)
    assert told["stopped"] <= 2
    assert told["fixed_interval"] > 0.2  # the same days, looked at with an interval for one look
