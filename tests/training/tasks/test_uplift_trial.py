"""Which moments are learnt from where there are too many, and how the log is cut into parts."""

from dataclasses import replace

import numpy as np

from tests.training.learners.made_trials import made
from training.tasks import uplift_trial
from training.tasks.uplift_trial import most_telling, parts


def test_neighbouring_days_are_one_part_until_they_hold_enough():
    days = np.repeat(np.datetime64("2026-01-01") + np.arange(6), [200, 200, 10, 300, 500, 1])
    part = parts(days)
    assert [part[days == day][0] for day in np.unique(days)] == [0, 0, 1, 1, 2, 3]
    assert all(np.ptp(part[days == day]) == 0 for day in np.unique(days))


def test_of_too_many_moments_lots_stay_and_of_lots_the_newest(monkeypatch):
    monkeypatch.setattr(uplift_trial, "MOST_MOMENTS", 250)
    trial, _ = made(600, "none", seed=1)
    policy = np.arange(600) >= 300  # the newer half treated one in fifty
    chance = np.where(policy, 0.02, 0.5)
    log = replace(trial, propensity=np.stack([1 - chance, chance], axis=1), part=policy.astype(np.int64))
    assert most_telling(log).tolist() == list(range(50, 300))
    monkeypatch.setattr(uplift_trial, "MOST_MOMENTS", 600)
    assert most_telling(log).tolist() == list(range(600))
