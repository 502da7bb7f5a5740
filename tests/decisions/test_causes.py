"""A decision's cause is the group of features that raises the risk most."""

import numpy as np

from decisions.causes import NO_CAUSE, main_causes, membership

CAUSES = {"service": ("cases",), "silence": ("days_since_order", "gap_last")}
FEATURES = ("days_since_order", "gap_last", "cases_90d", "spend_90d")


def test_effects_of_a_cause_add_up_and_only_those_that_raise_the_risk_count():
    effects = np.array(
        [
            [0.3, 0.3, 0.5, 9.0],  # silence 0.6 against service 0.5; spend is no cause
            [0.9, -0.8, 0.95, 0.0],  # what lowers the risk does not excuse what raises it
            [-1.0, -0.1, -0.2, 0.0],
        ]
    )
    assert main_causes(effects, FEATURES, CAUSES).tolist() == [1, 0, NO_CAUSE]


def test_a_stem_stands_for_all_its_windows_and_a_column_for_itself():
    found = membership(
        ("cases_90d", "cases_365d", "orders_30d", "cases_x"), {"a": ("cases",), "b": ("cases_90d", "orders")}
    )
    assert found.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0]]


def test_no_causes_and_no_customers():
    assert main_causes(np.zeros((2, 4)), FEATURES, {}).tolist() == [NO_CAUSE, NO_CAUSE]
    assert main_causes(np.zeros((0, 4)), FEATURES, CAUSES).tolist() == []
