"""One run a shop holds its figures day by day; the same day twice stands there once."""

from datetime import datetime

from training.tracking import runs
from training.tracking.over_time import log_day


def test_days_are_steps_of_one_run(mlruns):
    first = log_day("corner shop", datetime(2026, 6, 1), {"outcomes/churn/auc": 0.8, "x": float("nan")}, mlruns=mlruns)
    second = log_day("corner shop", datetime(2026, 6, 2), {"outcomes/churn/auc": 0.7}, mlruns=mlruns)
    again = log_day("corner shop", datetime(2026, 6, 2), {"outcomes/churn/auc": 0.7}, mlruns=mlruns)
    assert first == second == again
    assert log_day("other", datetime(2026, 6, 1), {"a": 1.0}, mlruns=mlruns) != first
    with runs.client(mlruns) as client:
        there = client.get_metric_history(first, "outcomes/churn/auc")
        assert [one.value for one in sorted(there, key=lambda one: one.step)] == [0.8, 0.7]
        assert there[1].step - there[0].step == 1
        assert "x" not in client.get_run(first).data.metrics
