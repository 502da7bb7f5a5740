"""A log whose propensities hold within each campaign is used; one that has them over all campaigns stays as it was."""

from dataclasses import replace

import numpy as np
import pytest

from training.data.decision_moments import NOTHING, Moments
from training.learners.uplift.evidence import evidence_of
from training.learners.uplift.trial import expected, folds_of
from training.tasks.campaign_lots import with_campaigns
from training.tasks.uplift_trial import narrow, trial_of

N = 3_000
EFFECT = {"voucher": 10.0, "mail": 4.0, NOTHING: 0.0}


def log(seed=1):
    """Rich people are in campaigns that deal vouchers (.7), the others in those that deal mail (.4)."""
    rng = np.random.default_rng(seed)
    rich = rng.random(N) < 0.4
    chance, name = np.where(rich, 0.7, 0.4), np.where(rich, "voucher", "mail")
    given = rng.random(N) < chance
    action = np.where(given, name, NOTHING)
    campaign = np.array([f"{one}-{week}" for one, week in zip(name, rng.integers(0, 10, N), strict=True)], dtype=object)
    spend = 100.0 * rich + rng.normal(0, 10, N) + np.array([EFFECT[one] for one in action])
    return Moments(
        row=np.arange(N), customer=np.arange(N).astype(str), day=np.repeat(np.datetime64("2026-01-01", "us"), N),
        action=action, propensity=np.where(given, chance, 1 - chance), cost=np.zeros(N),
        possible=np.full(N, None, dtype=object), campaign=campaign, spend=spend, orders=np.ones(N),
    )  # fmt: skip


def test_each_campaign_tells_of_its_own_action_among_its_own_people():
    moments = log()
    assert narrow(moments).keys() == {"voucher"}  # nobody would say at which moments it could be dealt
    _, trial, left_out = trial_of(moments, (moments.spend[:, None] > 50).astype(np.float32), 1.0, "shop")
    assert left_out == {} and trial.names == (NOTHING, "mail", "voucher")
    assert trial.propensity.sum(axis=1) == pytest.approx(1)
    vouchers = trial.possible[:, 1]
    assert (trial.possible[:, 0] == ~vouchers).all()
    assert np.unique(trial.propensity[vouchers, 2]).round(9).tolist() == [0.7]
    found = evidence_of(trial, expected(trial, folds_of(trial.groups, 2), 1))
    told = [np.average(gains, weights=weights) for gains, weights in zip(found.gains.T, found.weights.T, strict=True)]
    assert told == pytest.approx([4.0, 10.0], abs=1.5)


def test_a_probability_over_all_campaigns_says_nothing_of_one():
    moments = log()
    over_all = replace(moments, propensity=moments.propensity * 0.5)
    assert all(one is None for one in with_campaigns(over_all).possible)


def test_what_a_receipt_says_stays_and_without_campaigns_nothing_is_said():
    moments = log()
    told = replace(moments, possible=np.full(N, frozenset({"call"}), dtype=object))
    assert with_campaigns(told).possible[0] == {"call"}
    unnamed = replace(moments, campaign=np.full(N, None, dtype=object))
    assert all(one is None for one in with_campaigns(unnamed).possible)
