"""One look as a night takes it: what is returned, and whose tables are looked at."""

from dataclasses import replace

from features.engine import opened
from operations import home, nightly
from operations.monitor.monitor import as_the_night_saw, monitor
from tests.operations.monitor.watched_shop import AS_OF, AT, a_night, shown_in_training, silence_rule, stands_for


def test_a_look_says_what_it_found_and_what_to_do(watched, monkeypatch, tmp_path):
    training, model = shown_in_training(watched, silence_rule(watched)), silence_rule(watched, shift=1.0)
    a_night(watched, model)
    stands_for(monkeypatch, watched, model, training)
    found = monitor(watched, AT, mlruns=tmp_path)
    assert (found.shop, found.at, found.advice, found.exit_code) == ("watched", AT, "recalibrate", 4)
    assert found.findings[0].subject == "churn"
    assert found.figures


def test_the_tables_of_the_night_count_with_what_callers_told(watched):
    night = nightly.run(watched, AS_OF, {"churn": silence_rule(watched)}, home.scores(watched, AS_OF), serve=True)
    with opened(None) as engine:
        assert as_the_night_saw(watched, AS_OF, engine).data == night.batch.shop.data
        assert as_the_night_saw(watched, AT, engine).data == watched.data
        settled = replace(watched, settled=True)
        assert as_the_night_saw(settled, AT, engine) is settled
