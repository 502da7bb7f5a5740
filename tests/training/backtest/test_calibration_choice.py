"""When a calibration is worth having, and whose it is."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from scoring.level import ORDERS, VALUE, PeriodLevel
from training.backtest.replay import _calibration, unexplained
from training.data.cutoffs import FoldPlan
from training.learners.target import CHURN

ROWS, FOLDS = 1_500, 4
CUTOFFS = [datetime(2026, 1, 1) + timedelta(days=28 * number) for number in range(FOLDS)]


def made(slope, shifts):
    """Folds whose scores are off by a slope that lasts, and by a shift of each period's own."""
    dice = np.random.default_rng(1)
    score = dice.normal(size=(FOLDS, ROWS))
    true = slope * score + np.array(shifts)[:, None]
    left = (dice.random((FOLDS, ROWS)) < 1 / (1 + np.exp(-true))).astype(np.float64)
    context = SimpleNamespace(
        plan=SimpleNamespace(folds=[FoldPlan(one, ()) for one in CUTOFFS], gap_days=28),
        data=SimpleNamespace(at=CUTOFFS.index),
        labels_at=lambda number: {"churn": left[number]},
    )
    return context, [SimpleNamespace(scores={CHURN.answer: one}) for one in score], left


def calibration(slope, shifts=(0.0,) * FOLDS):
    context, trials, _ = made(slope, shifts)
    return _calibration(context, [CHURN], trials, range(FOLDS))


def test_a_slope_that_is_off_in_every_fold_is_mended():
    assert 0.4 < calibration(0.5)[CHURN.answer].slope < 0.75


def test_what_no_later_fold_confirms_is_left_alone():
    assert calibration(1.0) == {}
    assert calibration(1.0, (0.8, -0.8, 0.8, -0.8)) == {}


def test_one_fold_has_one_periods_luck():
    context, trials, _ = made(0.5, (0.0,) * FOLDS)
    assert _calibration(context, [CHURN], trials, [0]) == {}


def test_small_gains_that_agree_by_luck_are_left_alone():
    """Three folds leave two gains; where customers may gain as much by luck, that both agree says nothing."""
    context, trials, _ = made(1.0, (0.12,) * FOLDS)
    assert _calibration(context, [CHURN], trials, [0, 1, 2]) == {}
    context, trials, _ = made(1.0, (0.3,) * FOLDS)
    assert _calibration(context, [CHURN], trials, [0, 1, 2])[CHURN.answer].intercept > 0.15


def test_a_fold_is_calibrated_by_folds_before_it_alone():
    context, trials, left = made(0.5, (0.0,) * FOLDS)
    before = _calibration(context, [CHURN], trials, [0, 1, 2])
    left[3] = 1 - left[3]
    assert _calibration(context, [CHURN], trials, [0, 1, 2]) == before != {}


def judged(ratio):
    """A fold whose totals are off by a ratio, and the level it was answered at."""
    truth = {"days": np.full(100, 2.0), "spend": np.full(100, 40.0)}
    answers = {"expected_shopping_days": np.full(100, 2.0 * ratio), "expected_spend": np.full(100, 40.0 * ratio)}
    return SimpleNamespace(truth=truth, answers=answers)


def test_folds_whose_totals_missed_by_more_than_was_said_widen_the_band():
    level = PeriodLevel("2026-01-01", spreads={ORDERS: 0.05, VALUE: 0.05})
    found = unexplained([judged(1.3), judged(1 / 1.3)], [level, level])
    assert 0.1 < found[ORDERS] < np.log(1.3)
    assert found[VALUE] == 0
    assert unexplained([judged(1.02), judged(0.98)], [level, level]) == {ORDERS: 0.0, VALUE: 0.0}
    wide = level.widened(found)
    assert wide.spreads[ORDERS] == pytest.approx(np.hypot(0.05, found[ORDERS]))
