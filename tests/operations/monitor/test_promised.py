"""Before outcomes are in: what the newest scores promise, and when that falls behind what training showed."""

from operations.monitor.promised import promised
from tests.operations.monitor.watched_shop import AS_OF, a_night, shown_in_training, silence_rule, stands_for


def test_the_newest_scores_promise_what_training_showed(watched, monkeypatch, tmp_path):
    model = silence_rule(watched)
    a_night(watched, model)
    stands_for(monkeypatch, watched, model, shown_in_training(watched, model))
    found = promised(watched, AS_OF, mlruns=tmp_path)
    figures = {one.metric: one for one in found.figures}
    assert set(figures) == {"auc", "log_loss", "calibration_error"}
    assert {one.as_of for one in found.figures} == {"2025-08-01"}
    assert abs(figures["auc"].found - figures["auc"].expected) < 0.03
    assert found.findings == ()


def test_scores_that_no_longer_tell_people_apart_are_named_before_any_outcome(watched, monkeypatch, tmp_path):
    model = silence_rule(watched, tilt=0.2)
    a_night(watched, model)
    stands_for(monkeypatch, watched, model, shown_in_training(watched, silence_rule(watched)))
    (finding,) = promised(watched, AS_OF, mlruns=tmp_path).findings
    assert (finding.code, finding.advice, finding.subject) == ("will_rank_worse", "retrain", "churn")
    assert finding.facts["found"] < finding.facts["expected"] - 0.05


def test_without_scores_nothing_is_promised(watched, tmp_path):
    assert promised(watched, AS_OF, mlruns=tmp_path).not_checked == {"expected": "no_scores"}
