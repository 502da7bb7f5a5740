"""A horizon and window that fit the rhythm; and what a training run asks, it asks once."""

from datetime import datetime, timedelta

import pytest

from features.engine import DuckDB
from features.identity import resolve as people
from tests.shops import make_shop
from training import fit
from training.data import horizon
from training.data.horizon import propose, span
from training.task import TaskError

START, UNTIL = datetime(2025, 1, 1), datetime(2026, 1, 1)


def orders(gap: int, customers: int = 5, late: int = 0, days: int = 365):
    return [
        {
            "order_id": f"{who}-{day}",
            "customer_id": f"C{who}",
            "happened_at": (at := START + timedelta(days=day, hours=9)),
            "known_at": at + timedelta(days=late),
            "amount": 10,
        }
        for who in range(customers)
        for day in range(who, days, gap)
    ]


@pytest.mark.parametrize(("gap", "expected"), [(7, (28, 91)), (30, (60, 182)), (59, (90, 365))])
def test_the_horizon_holds_one_and_a_half_usual_gaps(tmp_path, gap, expected):
    found = propose(make_shop(tmp_path, orders=orders(gap)), UNTIL)
    assert (found.horizon_days, found.active_within_days) == expected
    assert (found.usual_gap_days, found.history_days) == (gap, 365)


def test_a_short_history_shortens_it_and_nobody_who_returned_is_no_rhythm(tmp_path):
    found = propose(make_shop(tmp_path, orders=orders(30, days=30)), START + timedelta(days=40))
    assert found.horizon_days == 10 and found.usual_gap_days != found.usual_gap_days


def test_what_arrives_late_is_known_late(tmp_path):
    assert span(make_shop(tmp_path, orders=orders(7, late=3)), UNTIL).lag_days == 3


def test_no_order_known_is_said_with_what_there_is(tmp_path):
    with pytest.raises(TaskError, match=r"261 rows of orders 261 came later\. Choose a later date"):
        propose(make_shop(tmp_path, orders=orders(7)), START)


def test_a_training_run_reads_rhythm_and_identities_once(tmp_path, monkeypatch):
    marks = [
        {
            "source": "shop",
            "source_customer_id": f"C{who}",
            "kind": "email",
            "value": f"{who // 2}",
            "happened_at": START,
        }
        for who in range(40)
    ]
    shop = make_shop(tmp_path, orders=orders(9, customers=40), identities=marks)
    spans, resolved = [], []
    read, work = horizon.span, people._resolved
    for place in (fit, horizon):
        monkeypatch.setattr(place, "span", lambda *given, **how: spans.append(given[1]) or read(*given, **how))
    monkeypatch.setattr(people, "_resolved", lambda *given: resolved.append(tuple(given[1])) or work(*given))
    engine = DuckDB(threads=1)
    fit.prepare(shop, UNTIL, engine=engine)
    engine.close()
    assert spans == [UNTIL]
    assert (
        sorted(resolved) == sorted(set(resolved)) and len(resolved) <= 3
    )  # rows, what parameters are fitted on, outcomes
