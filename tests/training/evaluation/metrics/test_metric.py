"""What a metric needs before it is computed."""

from training.evaluation.metrics.metric import LOWER, Metric


def _metric(**changes):
    return Metric("one", "One", LOWER, "spend", changes.pop("answer", "spend_p50"), lambda truth, given: 0.0, **changes)


def test_a_metric_asks_for_its_outcome_and_its_answer():
    assert _metric().fits(["spend"], ["spend_p50"])
    assert not _metric().fits(["days"], ["spend_p50"])
    assert not _metric().fits(["spend"], ["spend_p10", "expected_spend"])


def test_a_name_that_ends_in_a_dash_begins_several():
    assert _metric(answer="spend_").fits(["spend"], ["spend_p10"])
    assert not _metric(answer="spend_").fits(["spend"], ["expected_spend"])


def test_another_answer_stands_in_where_one_is_named():
    assert _metric(instead="expected_spend").fits(["spend"], ["expected_spend"])
    assert not _metric(instead="expected_spend").fits(["spend"], ["spend_p10"])
    assert not _metric().fits(["spend"], [""])
