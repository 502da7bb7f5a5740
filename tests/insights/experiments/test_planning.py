from dataclasses import replace

import numpy as np

from insights.experiments.comparing import compare
from insights.experiments.planning import plan
from tests.insights.experiments.made import design, measured

SHARES = {"control": 0.5, "voucher": 0.5}


def test_the_detectable_effect_is_found_as_often_as_stated():
    past = measured(n=800)
    (told,) = plan(past, ("spend",), SHARES, 0.05, clustered=False, alpha=0.05, power=0.8)
    assert told.adjusted < told.detectable < 0.2
    found = []
    for seed in range(150):
        made = measured(n=800, seed=seed + 1, effect=told.detectable * told.mean)
        found.append(compare(made, design(metrics=("spend",)), adjust=False)[0].pvalue < 0.05)
    assert 0.7 < np.mean(found) < 0.9


def test_more_units_more_arms_and_looks_at_any_time_count():
    asked = {"clustered": False, "alpha": 0.05, "power": 0.8}
    (few,) = plan(measured(n=500), ("spend",), SHARES, 0.05, **asked)
    (many,) = plan(measured(n=5_000), ("spend",), SHARES, 0.05, **asked)
    (thin,) = plan(measured(n=5_000), ("spend",), {"control": 0.8, "a": 0.1, "b": 0.1}, 0.05, **asked)
    assert many.adjusted < few.adjusted and many.adjusted < thin.adjusted
    assert many.always > 1.2 * many.adjusted
    assert abs(few.needed / many.needed - 1) < 0.3


def test_whole_stores_are_dearer_than_their_customers():
    made = measured(n=600)
    stores = replace(made, columns={name: values * 3 for name, values in made.columns.items()})
    asked = {"alpha": 0.05, "power": 0.8}
    alike = plan(stores, ("spend",), SHARES, 0.05, clustered=True, **asked)[0]
    assert abs(alike.mean / plan(made, ("spend",), SHARES, 0.05, clustered=False, **asked)[0].mean - 1) < 1e-9
