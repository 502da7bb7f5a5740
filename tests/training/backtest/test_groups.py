"""Customers a model is judged in apart are grouped by what was known at the cutoff."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np

from decisions.stages import COLUMNS, stages
from training.backtest.groups import customer_groups

CUTOFF = datetime(2026, 3, 2)
COLUMNS_AT_CUTOFF = {
    "orders": [1.0, 9.0, 4.0],
    "shopping_days": [1.0, 7.0, 4.0],
    "days_since_order": [5.0, 2.0, 80.0],
    "days_since_first_order": [5.0, 400.0, 170.0],
    "gap_last": [np.nan, 9.0, 30.0],
    "last_order_online": [1.0, 0.0, np.nan],
}


def context_with(names):
    data = SimpleNamespace(
        names=tuple(names),
        column=lambda name: np.array(COLUMNS_AT_CUTOFF[name] + [7.0]),  # the last row is of another cutoff
        at=lambda cutoff: np.array([True, True, True, False]),
    )
    pace = {name: name for name in ("days_since_first_order", "days_since_order", "shopping_days")}
    return SimpleNamespace(data=data, pace=pace, horizon_days=28, active_within_days=91)


def test_groups_are_those_of_the_cutoffs_customers():
    found = customer_groups(context_with(COLUMNS_AT_CUTOFF), CUTOFF)
    assert found["tenure"].tolist() == ["under 90 days", "over a year", "90 to 365 days"]
    assert found["silence"].tolist() == ["within half a horizon", "within half a horizon", "longer"]
    assert found["pace"].tolist() == ["once", "6 to 15 days", "2 to 5 days"]
    assert found["channel"].tolist() == ["online", "offline", "unknown"]


def test_stages_are_those_of_a_decision():
    found = customer_groups(context_with(COLUMNS_AT_CUTOFF), CUTOFF)
    known = {name: np.array(COLUMNS_AT_CUTOFF[name]) for name in COLUMNS}
    assert found["stage"].tolist() == stages(known, 28, 91).tolist() == ["new", "loyal", "active"]


def test_without_the_columns_stages_need_there_is_no_such_group():
    assert "stage" not in customer_groups(context_with(set(COLUMNS_AT_CUTOFF) - {"gap_last"}), CUTOFF)
