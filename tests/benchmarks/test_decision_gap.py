"""The shares of the optimum that the benchmark tells are sums over months, and none where nothing is to be won."""

from datetime import datetime

from benchmarks.decision_gap import merged, shares
from operations.loop.policies import ALL, CHURN, NOBODY, OPTIMUM, OURS
from operations.loop.run import MonthTold


def month(**net):
    told = dict.fromkeys(ALL, 0.0) | net
    return MonthTold(datetime(2026, 1, 1), told, dict.fromkeys(ALL, 0), "no effect", 0.0, 40.0)


def test_shares_are_of_all_months_together():
    told = shares([month(**{OURS: 30.0, OPTIMUM: 50.0}), month(**{OURS: 0.0, OPTIMUM: 50.0, CHURN: -10.0})])
    assert told[OURS] == 0.3 and told[CHURN] == -0.1
    assert NOBODY not in told and OPTIMUM not in told


def test_without_anything_to_win_there_is_no_share():
    assert set(shares([month(**{OURS: -5.0})]).values()) == {None}


def test_rows_of_other_worlds_stay_and_the_same_are_measured_anew():
    old = [{"world": world, "customers": 300, "months": 1, "seed": 1, "closed": 0.1} for world in ("none", "usual")]
    told = merged(old, [old[1] | {"closed": 0.2}, old[1] | {"seed": 2}])
    assert [(row["world"], row["seed"], row["closed"]) for row in told] == [
        ("none", 1, 0.1), ("usual", 1, 0.2), ("usual", 2, 0.1)
    ]  # fmt: skip
