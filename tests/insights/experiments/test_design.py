from datetime import datetime

import pytest

from insights.experiments.design import checked, read_design, shares_of, write_design
from insights.experiments.errors import ExperimentError
from tests.insights.experiments.made import design


def test_it_is_read_back_as_it_was_written(tmp_path):
    kept = design(strata=("stage",), scale={"voucher/spend": 12.5})
    write_design(tmp_path / "t", kept)
    assert read_design(tmp_path / "t") == kept
    assert kept.ends == datetime(2026, 1, 29) and (kept.control, kept.treatments) == ("control", ("voucher",))


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        (["control=1"], "two arms or more"),
        (["a=0.5", "a=0.5"], "a name of its own"),
        (["a=0.5", "b=0.4"], "add up to 0.9"),
        (["a=half", "b=0.5"], "'half' is no share"),
        (["a=1.5", "b=-0.5"], "has the share 1.5"),
    ],
)
def test_arms_that_cannot_be_are_refused(arms, says):
    with pytest.raises(ExperimentError, match=says):
        shares_of(arms)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("../x", "customer", 28, ()), "cannot name a trial"),
        (("t", "town", 28, ()), "--by town is no unit"),
        (("t", "customer", 0, ()), "--days 0"),
        (("t", "customer", 28, ("profit",)), "--metric profit is no metric"),
    ],
)
def test_what_a_design_cannot_hold_is_refused(asked, says):
    with pytest.raises(ExperimentError, match=says):
        checked(*asked)


def test_a_trial_that_was_never_dealt_names_those_that_were(tmp_path):
    write_design(tmp_path / "spring", design())
    with pytest.raises(ExperimentError, match=r"no experiment 'autumn'. There are: spring."):
        read_design(tmp_path / "autumn")
