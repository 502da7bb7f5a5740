"""When models are due to be trained again: too old, or learnt from somebody who was erased since."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from features.shop import Shop
from operations import home
from operations.monitor.findings import DRIFT, EXPECTED, OUTCOMES, RECALIBRATE, RETRAIN, WAIT, Alert, Findings
from operations.night import retraining
from scoring.clock import now
from serving.state.database import State
from serving.state.erasure import suppress
from tests.perennial.corner_shop import rule_model

UNTIL = datetime(2026, 6, 1)
Due = Callable[..., str]


@pytest.fixture
def due(three: Shop, monkeypatch: pytest.MonkeyPatch) -> Due:
    """`why_due` of a shop with an old champion and a newest version that has seen all until a day."""

    def found(until: str, created_at: str, *others: str, days: int = 30, waits: bool = False) -> str:
        model = replace(rule_model().model, until=until, created_at=created_at)

        old, new = SimpleNamespace(version=1), SimpleNamespace(version=2)

        class Registry:
            champions = staticmethod(lambda shop, mlruns: {"churn": old if waits else new})
            versions = staticmethod(lambda shop, task, mlruns: (old, new))
            load_model = staticmethod(lambda known, mlruns: {2: model}[known.version])

        monkeypatch.setattr(retraining, "registry", Registry)
        return retraining.why_due(three, UNTIL, days, others, mlruns=Path("mlruns"))

    return found


def moment(**gone: Any) -> str:
    return now().replace(**gone).isoformat()


def test_age_counts_from_what_the_newest_version_has_seen(due: Due) -> None:
    assert due("2026-05-02", moment()) == ""
    assert "nothing of the last 31 days" in due("2026-05-01", moment())
    assert due("2026-05-01", moment(), days=31) == ""


def test_who_was_erased_after_training_makes_it_due(due: Due, three: Shop) -> None:
    with_nobody_erased = due("2026-05-20", moment(year=2020))
    folder = home.state(three)
    state = State(folder)
    suppress(state, ["a"], "request")
    state.close()
    assert with_nobody_erased == ""
    assert "somebody was erased" in due("2026-05-20", moment(year=2020))
    assert due("2026-05-20", moment(year=2100)) == ""


def test_what_was_watched_makes_it_due(due: Due) -> None:
    assert due("2026-05-20", moment(), "spend drifts") == "spend drifts"


def test_what_was_watched_is_no_reason_while_its_answer_waits_for_a_reviewer(due: Due) -> None:
    assert due("2026-05-20", moment(), "spend drifts", waits=True) == ""


def test_a_look_asks_to_train_what_is_off_and_has_no_newer_version(
    three: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = {"churn": 2, "next_purchase": 1, "channel_preference": 1}
    newest = {"churn": 2, "next_purchase": 3, "channel_preference": 1}

    class Registry:
        champions = staticmethod(lambda shop, mlruns: {t: SimpleNamespace(version=v) for t, v in served.items()})
        versions = staticmethod(lambda shop, task, mlruns: (SimpleNamespace(version=newest[task]),))

    monkeypatch.setattr(retraining, "registry", Registry)
    found = (
        Alert(OUTCOMES, "not_calibrated", "churn", RECALIBRATE),
        Alert(EXPECTED, "will_rank_worse", "next_purchase", RETRAIN),
        Alert(OUTCOMES, "moved_by_actions", "channel_preference", WAIT),
        Alert(DRIFT, "answer_shifted", "churn_probability", RETRAIN),
        Alert(OUTCOMES, "not_calibrated", "a_question_without_champion", RECALIBRATE),
    )
    asked = retraining.asks_for_training(Findings("s", UNTIL, found), three, mlruns=Path("mlruns"))
    assert asked == (["churn"], ["next_purchase"])
    quiet = retraining.asks_for_training(Findings("s", UNTIL, found[2:4]), three, mlruns=Path("mlruns"))
    assert quiet == ([], [])
