"""Where a run's seconds went, as printed: a task's own add up, what all tasks share stands apart."""

from types import SimpleNamespace

import pytest

from perennial.models import judged


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (
            {"features": 14.4, "labels": 0.6, "backtest": 4.2, "fitting": 2.7, "leak checks": 0.01},
            "  6.9 seconds: backtest 4.2, fitting 2.7; before, once for all tasks: features 14.4, labels 0.6.",
        ),
        ({"features": 0.02, "labels": 0.01, "fitting": 1.0}, "  1.0 seconds: fitting 1.0."),
    ],
)
def test_shared_seconds_are_told_apart(monkeypatch, seconds, told) -> None:
    said: list[str] = []
    monkeypatch.setattr(judged, "say", lambda text, *_: said.append(text))
    judged._tell_time(SimpleNamespace(seconds=seconds))
    assert said == [told]
