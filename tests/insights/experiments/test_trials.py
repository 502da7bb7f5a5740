import numpy as np

from insights.experiments.trials import FalseAlarms, false_alarms
from tests.insights.experiments.made import design, measured


def test_one_made_trial_in_twenty_calls_an_effect():
    for told in false_alarms(measured(n=400), design(), 150):
        assert not told.doubtful
        assert told.alarms / told.trials < 0.12


def test_a_test_that_calls_too_often_is_doubted():
    assert FalseAlarms("spend", 30, 200, 0.1, 0.2).doubtful
    assert not FalseAlarms("spend", 14, 200, 0.04, 0.12).doubtful


def test_every_trial_deals_anew():
    made = measured(n=60)
    pair = false_alarms(made, design(metrics=("spend",)), 40), false_alarms(made, design(metrics=("spend",)), 40)
    assert pair[0] == pair[1]
    assert np.ptp([pair[0][0].low, pair[0][0].high]) > 0
