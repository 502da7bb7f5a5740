"""What a release says of decisions reads back, and a probability has one band."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.policy import Policy, band_of, read_policy
from scoring.errors import ReleaseError

POLICY = Policy(margin=0.3)


@given(st.floats(0, 1))
def test_a_probability_has_exactly_one_band(probability):
    edges = {"low": (0, 0.25), "medium": (0.25, 0.5), "high": (0.5, 0.75), "very_high": (0.75, 1.01)}
    low, high = edges[band_of(probability)]
    assert low <= probability < high


def test_a_policy_reads_back_as_it_was_written():
    assert read_policy(POLICY.to_json()) == POLICY


def test_a_policy_of_an_older_release_is_read_without_what_the_night_says_now():
    older = {
        "offers": {"a": {"code": "x", "cost": "8", "assumed_effect": 0.1}},
        "channels": ["mail"],
        "holdout_share": 0.1,
    }
    assert read_policy(json.dumps({**json.loads(POLICY.to_json()), **older})) == POLICY


@pytest.mark.parametrize("changes", [{"margin2": 1}, {"quiet_from": 30}])
def test_a_policy_that_says_something_else_is_refused(changes):
    with pytest.raises(ReleaseError, match=r"policy\.json"):
        read_policy(json.dumps({**json.loads(POLICY.to_json()), **changes}))
