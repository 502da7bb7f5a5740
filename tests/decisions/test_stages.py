"""Stages follow from the orders seen, alike for many customers and for one."""

import math

import numpy as np
import pytest

from decisions.policy import Policy
from decisions.stages import COLUMNS, STAGES, stage_of, stages, usual_gap
from serving.contract.answer_fields import Stage

HORIZON, ACTIVE_WITHIN = 28, 91
STEADY = {
    "orders": 12.0,
    "shopping_days": 11.0,
    "days_since_order": 3.0,
    "days_since_first_order": 123.0,
    "gap_last": 12.0,
}


def one(**changes: float) -> str:
    return stage_of(STEADY | changes, HORIZON, ACTIVE_WITHIN)


def once(silence: float) -> str:
    return one(orders=1, shopping_days=1, days_since_order=silence, days_since_first_order=silence, gap_last=math.nan)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("loyal", {}),
        ("loyal", {"orders": 5.0}),
        ("active", {"orders": 4.0}),
        ("prospect", {"days_since_order": math.nan, "orders": 0.0}),
        ("lost", {"days_since_order": 183.0}),
        ("dormant", {"days_since_order": 182.0}),
        ("dormant", {"days_since_order": 92.0}),
        ("at_risk", {"days_since_order": 91.0}),
        # ten gaps in 93 days, shrunk by one gap of 28 / 1.5 days: 10.15 days; three of them are 30.5
        ("at_risk", {"days_since_order": 31.0}),
        ("loyal", {"days_since_order": 30.0}),
        ("recovered", {"gap_last": 92.0}),
        ("loyal", {"gap_last": 91.0}),
        ("new", {"days_since_first_order": 28.0}),
        ("loyal", {"days_since_first_order": 29.0}),
    ],
)
def test_the_first_line_that_applies(name, changes):
    assert one(**changes) == name


def test_one_order_is_new_then_active_then_at_risk_then_dormant_then_lost():
    told = [once(float(day)) for day in range(1, 200)]
    assert list(dict.fromkeys(told)) == ["new", "active", "at_risk", "dormant", "lost"]
    assert told.index("at_risk") == 56  # three of the shop's usual gaps of 28 / 1.5 days


def test_the_same_silence_is_usual_for_one_and_long_for_another():
    assert one(days_since_order=28.0, shopping_days=31.0) == "at_risk"
    assert one(days_since_order=28.0, shopping_days=4.0) == "loyal"


def test_the_own_gap_is_shrunk_the_less_the_more_gaps_were_seen():
    columns = {name: np.array([STEADY[name]] * 3) for name in COLUMNS}
    columns["shopping_days"] = np.array([1.0, 2.0, 61.0])
    prior = HORIZON / 1.5
    found = usual_gap(columns | {"days_since_first_order": np.array([3.0, 13.0, 603.0])}, HORIZON)
    assert found == pytest.approx([prior, (10 + prior) / 2, (600 + prior) / 61])


def test_many_at_once_are_each_alone():
    rng = np.random.default_rng(0)
    columns = {
        "orders": rng.integers(1, 9, 500).astype(float),
        "shopping_days": rng.integers(1, 9, 500).astype(float),
        "days_since_order": np.where(rng.random(500) < 0.1, np.nan, rng.uniform(1, 220, 500)),
        "days_since_first_order": rng.uniform(1, 400, 500),
        "gap_last": np.where(rng.random(500) < 0.3, np.nan, rng.uniform(0, 200, 500)),
    }
    told = stages(columns, HORIZON, ACTIVE_WITHIN)
    assert set(told) == set(STAGES)
    assert told.tolist() == [
        stage_of({name: values[i] for name, values in columns.items()}, HORIZON, ACTIVE_WITHIN) for i in range(500)
    ]


def test_the_policy_and_the_contract_know_the_same_stages():
    assert Stage.__args__ == STAGES
    assert Policy().loyal_orders == 5
