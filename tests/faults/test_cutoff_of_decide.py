"""Score and decide answer for the same midnight and stop at the same losses: a call must give the night's decision."""

import inspect
from datetime import timedelta

import pytest

from features.errors import CutoffError
from perennial.nights.batch import cutoff_and_models, ends_today
from perennial.verbs import models, planning
from scoring.clock import now
from tests.perennial.conftest import home, three  # noqa: F401
from tests.perennial.corner_shop import CUTOFF, rule_model


@pytest.fixture
def registered(monkeypatch):
    """The rule stands in for a registry."""
    monkeypatch.setattr("perennial.nights.batch.models_for", lambda *_, **__: {"churn": rule_model()})
    monkeypatch.setattr("perennial.nights.batch.refuse_no_runs", lambda *_: None)
    monkeypatch.setattr("perennial.nights.batch.tell_moved", lambda *_: None)


def test_the_default_is_the_midnight_that_ends_today(three, registered, home):  # noqa: F811
    ends = ends_today(three, "2026-05-31")
    assert ends == CUTOFF
    assert cutoff_and_models(three, None, ends, None, mlruns=home)[0] == CUTOFF
    assert cutoff_and_models(three, "2026-05-30", ends, None, mlruns=home)[0] == CUTOFF - timedelta(days=2)
    with pytest.raises(CutoffError, match="lies after the midnight that ends today"):
        cutoff_and_models(three, "2026-06-02", ends, None, mlruns=home)


def test_a_shop_whose_data_has_ended_gets_its_last_midnight_and_is_told(three, registered, home, capsys):  # noqa: F811
    ends = ends_today(three, None)
    assert ends.date() > now().date() - timedelta(days=1)
    cutoff, _ = cutoff_and_models(three, None, ends, None, mlruns=home)
    assert cutoff == three.default_cutoff()
    assert (
        "more than 91 days ago: scoring as of 2026-05-31. Serve it with --today 2026-05-30" in capsys.readouterr().out
    )


@pytest.mark.parametrize("verb", [models.score, planning.decide])
def test_both_verbs_take_the_same_options(verb):
    asked = inspect.signature(verb).parameters
    assert {"at", "today", "accept"} <= set(asked)
