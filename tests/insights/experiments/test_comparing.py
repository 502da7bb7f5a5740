import math

import numpy as np
import pytest

from insights.experiments.assigning import tuned
from insights.experiments.comparing import compare, holm
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import TrialSums, before_start
from tests.insights.experiments.made import design, measured


def test_a_difference_is_that_of_means_and_what_came_before_makes_it_surer():
    made, asked = measured(effect=5.0), design(metrics=("spend",))
    spend, voucher = made.columns["spend"], made.arms == "voucher"
    plain, less = compare(made, asked, adjust=False)[0], compare(made, asked)[0]
    assert plain.difference == pytest.approx(spend[voucher].mean() - spend[~voucher].mean())
    a, b = spend[voucher], spend[~voucher]
    assert plain.error == pytest.approx(math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), rel=1e-6)
    assert less.adjusted and less.error < 0.7 * plain.error
    assert less.low < 5.0 < less.high


def test_an_effect_is_called_at_any_look_and_its_absence_is_not():
    for effect, stops in ((6.0, True), (0.0, False)):
        made = measured(effect=effect)
        told = compare(made, tuned(design(), before_start(made)))
        assert [one.stops for one in told] == [False, stops]
        assert all(one.always_low < one.low and one.high < one.always_high for one in told)


def test_a_ratio_is_that_of_sums():
    made = measured()
    (told,) = compare(made, design(metrics=("spend_per_order",)), adjust=False)
    control = made.arms == "control"
    assert told.control == pytest.approx(made.columns["spend"][control].sum() / made.columns["orders"][control].sum())


def test_units_of_several_customers_are_ratios_to_their_number():
    made, rng = measured(n=400), np.random.default_rng(1)
    members = rng.integers(1, 9, 400).astype(float)
    columns = {name: values * members for name, values in made.columns.items()}
    (told,) = compare(TrialSums(made.units, made.arms, columns), design(unit="store", metrics=("spend",)))
    control = made.arms == "control"
    rough = columns["spend"][control].sum() / members[control].sum()
    assert told.control == pytest.approx(rough, rel=0.03)


def test_an_arm_that_vanished_is_refused():
    asked = design(arms={"control": 0.5, "voucher": 0.25, "mail": 0.25})
    with pytest.raises(ExperimentError, match=r"arm 'mail' of 't' has 0 of 2,000 units left"):
        compare(measured(), asked)


def test_where_nobody_has_ordered_yet_nothing_is_told():
    made = measured(n=100)
    columns = {**made.columns, "ordered": np.zeros(100), "orders": np.zeros(100), "spend": np.zeros(100)}
    for one in compare(TrialSums(made.units, made.arms, columns), design(metrics=("ordered", "spend_per_order"))):
        assert not one.stops and math.isnan(one.difference) and one.corrected == 1.0


def test_holm_by_hand():
    told = holm({("a", "x"): 0.01, ("a", "y"): 0.04, ("b", "x"): 0.03, ("b", "y"): math.nan})
    assert told == pytest.approx({("a", "x"): 0.04, ("a", "y"): 0.09, ("b", "x"): 0.09, ("b", "y"): 1.0})


def test_a_metric_without_noise_before_the_start_is_refused():
    made = measured(n=100)
    flat = TrialSums(made.units, made.arms, {**made.columns, "spend_before": np.zeros(100)})
    with pytest.raises(ExperimentError, match=r"'spend' does not vary in the 28 days before 2026-01-01"):
        tuned(design(), before_start(flat))
