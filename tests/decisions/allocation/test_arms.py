"""Lots are the same whoever asks, in the shares stated, and the probability logged is the one they were dealt with."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.allocation.arms import NOTHING, deal, lots, propensities

DAY = date(2026, 6, 1)
IDS = [f"C-{i}" for i in range(20_000)]


def test_the_holdout_stays_and_exploration_changes_by_the_day():
    one, again, tomorrow = lots(IDS, DAY, "k"), lots(IDS, DAY, "k"), lots(IDS, date(2026, 6, 2), "k")
    assert (one.held == again.held).all()
    assert (one.lot == again.lot).all()
    assert (one.held == tomorrow.held).all()
    assert abs(np.corrcoef(one.lot, tomorrow.lot)[0, 1]) < 0.03
    assert abs(np.corrcoef(one.held, one.lot)[0, 1]) < 0.03


def test_one_customer_asked_alone_draws_what_the_night_drew():
    night, alone = lots(IDS[:50], DAY, "k"), [lots([one], DAY, "k") for one in IDS[:50]]
    assert night.held.tolist() == [one.held[0] for one in alone]
    assert night.seed.tolist() == [one.seed[0] for one in alone]


def test_shares_are_those_stated_and_another_key_deals_anew():
    drawn, other = lots(IDS, DAY, "autumn"), lots(IDS, DAY, "winter")
    assert (drawn.held < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    assert ((drawn.held < 0.05) & (other.held < 0.05)).mean() == pytest.approx(0.0025, abs=0.0015)


def test_every_allowed_option_and_nothing_are_dealt_alike():
    allowed = np.ones((len(IDS), 4), dtype=bool)
    allowed[:, 2] = False
    dealt = deal(lots(IDS, DAY, "k").seed, allowed)
    shares = np.bincount(dealt + 1, minlength=5) / len(IDS)
    assert shares == pytest.approx([0.25, 0.25, 0.25, 0.0, 0.25], abs=0.012)


def test_an_option_that_is_no_longer_allowed_changes_nobody_elses_deal():
    seed = lots(IDS, DAY, "k").seed
    allowed = np.ones((len(IDS), 3), dtype=bool)
    before = deal(seed, allowed)
    allowed[:, 1] = False
    after = deal(seed, allowed)
    assert (after[before != 1] == before[before != 1]).all()
    assert set(after[before == 1].tolist()) == {NOTHING, 0, 2}


@settings(max_examples=30, deadline=None)
@given(
    holdout=st.floats(0, 0.5), explore=st.floats(0, 0.9), options=st.integers(0, 4), choice=st.integers(-1, 3),
    key=st.text(max_size=5),
)  # fmt: skip
def test_the_propensity_is_the_share_in_which_the_option_is_dealt(holdout, explore, options, choice, key):
    choice = min(choice, options - 1)
    drawn = lots(IDS, DAY, key)
    dealt = deal(drawn.seed, np.ones((len(IDS), options), dtype=bool))
    given_to = np.where(drawn.held < holdout, NOTHING, np.where(drawn.lot < explore, dealt, choice)).astype(np.int16)
    counts = np.full(len(IDS), options + 1)
    told = propensities(given_to, np.full(len(IDS), choice, np.int16), counts, holdout, explore)
    assert (told > 0).all()
    for option in range(-1, options):
        share = (given_to == option).mean()
        if share:
            assert np.unique(told[given_to == option]).tolist() == pytest.approx([share], abs=0.02)
    every = np.arange(-1, options).astype(np.int16)
    same = np.full(options + 1, choice, np.int16)
    assert propensities(every, same, np.full(options + 1, options + 1), holdout, explore).sum() == pytest.approx(1.0)
