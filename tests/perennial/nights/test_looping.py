"""What the loop prints: months as they were, those a blunt rule won named, and what cannot be asked for."""

from datetime import datetime
from pathlib import Path

import pytest

from features.errors import PerennialError
from operations.loop.policies import ALL, AT_RISK, CHURN, NOBODY, OPTIMUM, OURS
from operations.loop.run import MonthTold
from perennial.nights import looping


def month(number: int, **net: float) -> MonthTold:
    told = dict.fromkeys(ALL, 10.0) | {NOBODY: 0.0, OPTIMUM: 100.0} | net
    return MonthTold(datetime(2024, number, 1), told, dict.fromkeys(ALL, 3), "mean effect", 0.2, 50.0)


def test_a_month_that_a_blunt_rule_won_is_shown(capsys, tmp_path: Path, monkeypatch):
    months = [month(1, **{OURS: 20.0, AT_RISK: 30.0}), month(2, **{OURS: 60.0})]
    monkeypatch.setattr(looping, "run", lambda *_: months)
    looping.tell_loop(200, 2, 1, 1, tmp_path / "loop.svg")
    told = capsys.readouterr().out
    assert f"{AT_RISK} was worth more than {OURS} in 1 of 2 months" in told
    assert f"{CHURN} was worth more" not in told
    assert f"of the gap between {CHURN} and the true optimum {OURS} closed 33%" in told
    assert "would win 50% of it" in told and f"between {CHURN} and that {OURS} closed 75%" in told
    assert (tmp_path / "loop.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(("customers", "months", "by_lot", "name"), [(50, 1, 1, "customers"), (200, 0, 1, "months"),
                                                                     (200, 1, 0, "by-lot")])  # fmt: skip
def test_too_little_to_tell_is_refused(customers, months, by_lot, name):
    with pytest.raises(PerennialError, match=f"--{name} .* is too few"):
        looping.tell_loop(customers, months, 1, by_lot, None)
