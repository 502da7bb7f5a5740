import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from features.build.build import build
from features.catalog import pick
from features.spine import Spine
from features.views import VIEWS
from tests.shops import make_shop

NEW_YEAR = datetime(2026, 1, 1)


def day(number: int) -> datetime:
    return NEW_YEAR + timedelta(days=number - 1)


def test_a_late_order_splits_a_gap_only_for_cutoffs_that_know_it(tmp_path):
    def order(number, known):
        moments = {"happened_at": day(number), "known_at": day(known)}
        return {"order_id": str(number), "customer_id": "a", "amount": 1} | moments

    shop = make_shop(tmp_path, orders=[order(1, 1), order(10, 40), order(20, 20)])
    table = build(shop, Spine.of(["a"], [day(30), day(41)]), pick(["gap_max_365d", "gap_last"]))
    assert table["gap_max_365d"].to_pylist() == [19, 10]
    assert table["gap_last"].to_pylist() == [19, 10]


def test_a_response_known_later_ends_the_fatigue_later(tmp_path):
    sends = [{"message_id": str(n), "customer_id": "a", "happened_at": day(n), "channel": "sms"} for n in (1, 5, 9)]
    click = {"message_id": "1", "kind": "click", "happened_at": day(6), "known_at": day(20)}
    shop = make_shop(tmp_path, messages=sends, responses=[click])
    table = build(shop, Spine.of(["a"], [day(20), day(21)]), pick(["sends_since_response"]))
    assert table["sends_since_response"].to_pylist() == [3, 1]


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_gives_what_it_declares(name):
    view = VIEWS[name]
    assert len(view.says()) > 5
    declared = {"key", "cutoff", "happened_at", *view.columns}
    assert set(view.derive(view.unbound()).columns) == declared


def test_a_view_that_changes_changes_what_its_features_mean(monkeypatch):
    before = _fresh("gap_max_365d")
    same = _fresh("gap_max_365d")
    monkeypatch.setitem(VIEWS, "order_days", replace(VIEWS["order_days"], derive=_without_gaps))
    assert before == same != _fresh("gap_max_365d")


def test_fingerprints_are_the_same_in_every_process():
    program = "from features.catalog import catalogue; print(*(column.fingerprint for column in catalogue()))"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def _fresh(name: str) -> str:
    (column,) = pick([name])
    return replace(column).fingerprint


def _without_gaps(sources):
    return sources["orders"].mutate(gap_days=0.0, nth=1, back=1)
