"""Stretches without orders are found and named, and no cutoff lies in one."""

from datetime import datetime, timedelta

import numpy as np

from perennial.opening import cutoff_of
from tests.shops import make_shop
from training.data.cutoffs import plan
from training.data.stretches import _between, last_busy_day, stretches

START = datetime(2025, 1, 1)


def shop_of(folder, days):
    orders = [
        {
            "order_id": f"o{number}",
            "customer_id": f"c{number % 40}",
            "happened_at": START + timedelta(days=int(day), hours=10),
            "amount": 5.0,
        }
        for number, day in enumerate(days)
    ]
    return make_shop(folder, orders=orders)


def test_a_stray_order_moves_no_cutoff(tmp_path, capsys):
    shop = shop_of(tmp_path, [*np.repeat(np.arange(300), 2).tolist(), 390])
    day, stretch = last_busy_day(shop, START + timedelta(days=391))
    assert day == START + timedelta(days=299)
    assert stretch.days == 90
    assert stretch.sentence == (
        "no order from 2025-10-28 to 2026-01-25 (90 days); 1 of 601 orders came later: are they dated wrongly? "
        "No cutoff is put there."
    )
    assert cutoff_of(shop, None) == day
    assert "2025-10-27" in capsys.readouterr().out
    assert cutoff_of(shop, "2025-11-15") == datetime(2025, 11, 15)


def test_an_export_that_is_missing_is_named_and_holds_no_cutoff(tmp_path):
    shop = shop_of(tmp_path, [*range(200), *range(270, 400)])
    until = START + timedelta(days=400)
    (found,) = stretches(shop, until)
    assert not found.is_stray
    assert "was an export left out?" in found.sentence
    assert last_busy_day(shop, until) is None
    kept = plan(START, until, 28, 91).outside([found])
    assert not any(found.start < one < found.end for one in kept.training)
    assert not any(found.start < fold.cutoff < found.end for fold in kept.folds)
    assert len(kept.training) < len(plan(START, until, 28, 91).training)


def test_a_shop_that_closes_every_year_has_none():
    season = np.concatenate([np.arange(40) + 365 * year for year in range(3)])
    assert _between(season, np.ones(len(season), dtype=np.int64)) == ()


def test_a_shop_that_sells_once_a_fortnight_has_none():
    day = np.arange(0, 700, 14)
    day[20:] += 40
    assert _between(day, np.ones(len(day), dtype=np.int64)) == ()
