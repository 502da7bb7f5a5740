"""How a level moves: what is learnt of a season, of a swing, and of nothing."""

import numpy as np
import pytest

from features.feasts import from_feasts
from training.level.process import Series, forecast, habits_of

WEEKS = np.arange(90) * 7.0 + 3.5  # 21 months
NOISE = np.full(90, 0.01)
AHEAD = 90 * 7 + 7 * np.arange(13) + 3.5
DICE = np.random.default_rng(3)


def autumn(day):
    """A peak of 2.5 times the usual, every 365.25 days."""
    apart = np.abs((day - 330 + 182.6) % 365.25 - 182.6)
    return np.log(1 + 1.5 * np.exp(-0.5 * (apart / 38) ** 2))


def series(seen, taken=None, noise=NOISE):
    """The first weeks, as many as were seen."""
    many = len(seen)
    return Series(WEEKS[:many], seen, noise[:many], np.zeros(many) if taken is None else taken)


def test_last_years_peak_is_expected_again():
    seen = autumn(WEEKS) + 0.1 * DICE.normal(size=90)
    habits = habits_of(series(seen), seasonal=True)
    level, spread = forecast(series(seen), habits, AHEAD, 0.0)
    assert level == pytest.approx(np.log(np.exp(autumn(AHEAD)).mean()), abs=0.15)
    assert spread < 0.2
    assert sum(one.weight for one in habits if one.season) > 0.9


def test_nothing_is_learnt_where_there_is_no_season():
    seen = 0.1 * DICE.normal(size=90)
    habits = habits_of(series(seen), seasonal=True)
    level, _ = forecast(series(seen), habits, AHEAD, 0.0)
    assert abs(level) < 0.06
    assert sum(one.weight for one in habits if one.season) < 0.5


def test_less_than_a_year_leaves_no_season_to_choose():
    seen = autumn(WEEKS[:40])
    assert not any(one.season for one in habits_of(series(seen), seasonal=False))


def test_a_festival_just_over_leaves_a_wide_band():
    quiet = 0.03 * DICE.normal(size=18)
    peak = quiet.copy()
    peak[-4:] += [0.2, 0.5, 0.6, 0.4]
    told = []
    for seen in (quiet, peak):
        own = series(seen, noise=NOISE / 10)
        habits = habits_of(own, seasonal=False)
        told.append(forecast(own, habits, 18 * 7 + 7 * np.arange(4) + 3.5, 0.0))
    assert told[1][0] < 0.45  # of the .6 last seen
    assert told[1][1] > 2 * told[0][1]


def test_weights_of_habits_add_up():
    habits = habits_of(series(autumn(WEEKS)), seasonal=True)
    assert sum(one.weight for one in habits) == pytest.approx(1, abs=0.02)


def test_a_trend_that_pasts_read_by_the_calendar_explain_is_no_level():
    """Where every history begins on one day, the level itself falls for a year and comes back from nothing."""
    taken = 0.2 + 0.3 * np.exp(-WEEKS[:52] / 120)
    seen = taken + 0.02 * DICE.normal(size=52)
    own = series(seen, taken, NOISE / 20)
    level, _ = forecast(own, habits_of(own, seasonal=False), 52 * 7 + 7 * np.arange(4) + 3.5, float(taken[-1]))
    assert abs(level) < 0.015


def test_a_season_is_not_explained_away_by_what_pasts_have_taken_of_it():
    seen = autumn(WEEKS) + 0.05 * DICE.normal(size=90)
    taken = np.array([seen[max(0, week - 26) : week + 1].mean() for week in range(90)])
    own = series(seen, taken)
    level, _ = forecast(own, habits_of(own, seasonal=True), AHEAD, float(taken[-1]))
    assert level == pytest.approx(np.log(np.exp(autumn(AHEAD)).mean()) - taken[-1], abs=0.15)


def test_a_feast_that_moves_is_expected_where_it_moved_to():
    feasts = ((250, 250 + 354, 250 + 354 + 384),)
    days = np.arange(125) * 7.0 + 3.5
    rise = np.log(1 + 0.9 * np.exp(-0.5 * (from_feasts(days, feasts)[:, 0] / 8) ** 2))
    seen = rise + 0.05 * np.random.default_rng(5).normal(size=125)
    around = np.array([975.0, 982.0, 989.0, 996.0])
    truth = np.log(1 + 0.9 * np.exp(-0.5 * (from_feasts(around, feasts)[:, 0] / 8) ** 2)).mean()
    told = {}
    for known in ((), feasts):
        own = Series(days, seen, np.full(125, 0.003), np.zeros(125), known)
        habits = habits_of(own, seasonal=True)
        told[known] = forecast(own, habits, around, 0.0)[0]
    assert told[feasts] == pytest.approx(truth, abs=0.1)
    assert told[()] < truth - 0.12


def test_a_country_whose_feasts_move_nothing_changes_nothing():
    seen = autumn(WEEKS) + 0.1 * DICE.normal(size=90)
    without, within = (Series(WEEKS, seen, NOISE, np.zeros(90), known) for known in ((), ((100, 454, 838),)))
    levels = [forecast(own, habits_of(own, seasonal=True), AHEAD, 0.0)[0] for own in (without, within)]
    assert levels[1] == pytest.approx(levels[0], abs=0.02)
