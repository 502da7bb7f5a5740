import pytest

from insights.experiments.errors import ExperimentError
from insights.experiments.sample_ratio import sample_ratio

HALVES = {"a": 0.5, "b": 0.5}


def test_cookie_cats_is_flagged():
    told = sample_ratio({"a": 44_700, "b": 45_489}, HALVES)
    assert told.mismatch and told.pvalue == pytest.approx(0.00869, abs=1e-4)
    assert told.sentence.startswith("sample-ratio mismatch: a 44,700 (45,094 expected), b 45,489 (45,094 expected)")


def test_halves_that_are_halves_are_not():
    assert not sample_ratio({"a": 44_900, "b": 45_289}, HALVES).mismatch


def test_three_arms_are_judged_at_once_by_their_shares():
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    assert not sample_ratio({"a": 5_010, "b": 2_995, "c": 1_995}, shares).mismatch
    assert sample_ratio({"a": 5_010, "b": 3_190, "c": 1_800}, shares).mismatch


@pytest.mark.parametrize("counts", [{"a": 5}, {"a": 0, "b": 0}, {"a": -1, "b": 4}])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(ExperimentError, match="two arms or more"):
        sample_ratio(counts, HALVES)
