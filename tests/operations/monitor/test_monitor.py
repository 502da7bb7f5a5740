"""One look as a night takes it: what is returned."""

from operations.monitor.monitor import monitor
from tests.operations.monitor.watched_shop import AT, a_night, shown_in_training, silence_rule, stands_for


def test_a_look_says_what_it_found_and_what_to_do(watched, monkeypatch, tmp_path):
    training, model = shown_in_training(watched, silence_rule(watched)), silence_rule(watched, shift=1.0)
    a_night(watched, model)
    stands_for(monkeypatch, watched, model, training)
    found = monitor(watched, AT, mlruns=tmp_path)
    assert (found.shop, found.at, found.advice, found.exit_code) == ("watched", AT, "recalibrate", 4)
    assert found.findings[0].subject == "churn"
    assert found.figures
