"""How a level moves: what is learnt of a season, of a swing, and of nothing."""

import numpy as np
import pytest

from training.level.process import foreseen, habits_of

WEEKS = np.arange(90) * 7.0 + 3.5  # 21 months
NOISE = np.full(90, 0.01)
AHEAD = 90 * 7 + 7 * np.arange(13) + 3.5
DICE = np.random.default_rng(3)


def autumn(day):
    """A peak of 2.5 times the usual, every 365.25 days."""
    apart = np.abs((day - 330 + 182.6) % 365.25 - 182.6)
    return np.log(1 + 1.5 * np.exp(-0.5 * (apart / 38) ** 2))


def test_last_years_peak_is_expected_again():
    seen = autumn(WEEKS) + 0.1 * DICE.normal(size=90)
    habits = habits_of(WEEKS, seen, NOISE, seasonal=True)
    level, spread = foreseen(WEEKS, seen, NOISE, habits, AHEAD)
    assert level == pytest.approx(np.log(np.exp(autumn(AHEAD)).mean()), abs=0.15)
    assert spread < 0.2
    assert sum(one.weight for one in habits if one.season) > 0.9


def test_nothing_is_learnt_where_there_is_no_season():
    seen = 0.1 * DICE.normal(size=90)
    habits = habits_of(WEEKS, seen, NOISE, seasonal=True)
    level, _ = foreseen(WEEKS, seen, NOISE, habits, AHEAD)
    assert abs(level) < 0.06
    assert sum(one.weight for one in habits if one.season) < 0.5


def test_less_than_a_year_leaves_no_season_to_choose():
    seen = autumn(WEEKS[:40])
    assert not any(one.season for one in habits_of(WEEKS[:40], seen, NOISE[:40], seasonal=False))


def test_a_festival_just_over_leaves_a_wide_band():
    quiet = 0.03 * DICE.normal(size=18)
    peak = quiet.copy()
    peak[-4:] += [0.2, 0.5, 0.6, 0.4]
    told = []
    for seen in (quiet, peak):
        habits = habits_of(WEEKS[:18], seen, NOISE[:18] / 10, seasonal=False)
        told.append(foreseen(WEEKS[:18], seen, NOISE[:18] / 10, habits, 18 * 7 + 7 * np.arange(4) + 3.5))
    assert told[1][0] < 0.45  # of the .6 last seen
    assert told[1][1] > 2 * told[0][1]


def test_weights_of_habits_add_up():
    habits = habits_of(WEEKS, autumn(WEEKS), NOISE, seasonal=True)
    assert sum(one.weight for one in habits) == pytest.approx(1, abs=0.02)
