"""Whoever is decided for, the bounds are kept exactly, arms are what they say, and every receipt is true."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.actions import Action, ActionOffer, Cap, Plan
from decisions.allocation.arms import EXPLORE, HOLDOUT, NOTHING, POLICY
from decisions.allowed.eligibility import Rule
from decisions.choose import choose, share_out
from decisions.worth.worth import Effect, Effects
from tests.decisions.made_customers import customers, easy, menu, plan, setting

NONE = Effects()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(0, 300), explore=st.sampled_from([0.0, 0.1, 0.6]),
    budget=st.sampled_from([None, 0.0, 3.0, 200.0]), calls=st.sampled_from([0, 3, 1000]),
)  # fmt: skip
def test_every_rule_and_bound_is_kept_exactly(seed, n, explore, budget, calls):
    made = plan(budget=budget, channel_capacity={"call": calls}, channel_caps={"sms": Cap(1, 1)})
    who, choices = customers(n, 4, seed), menu(made)
    shared = share_out(who, choices, NONE, setting(explore=explore, holdout=0.2))
    chosen = shared.chosen
    acted = np.flatnonzero(chosen.choice != NOTHING)
    action = np.array([one.action for one in choices.options])[chosen.choice[acted]]
    channel = np.array([one.channel for one in choices.options])[chosen.choice[acted]]
    assert who.may[acted, channel].all()
    assert who.rested[acted, action].all()
    assert who.clear[acted, action].all()
    assert not who.suppressed[acted].any()
    assert (who.week_all[acted] < 2).all()
    assert (who.month_all[acted] < 4).all()
    assert (who.week[acted, channel][channel == 1] < 1).all()
    assert (who.cause[acted][action == 1] == 0).all()
    assert (chosen.arm[acted] != HOLDOUT).all()
    assert (channel == 2).sum() <= calls
    assert (action == 1).sum() <= 40
    assert budget is None or chosen.cost.sum() <= budget
    assert (chosen.net[acted][chosen.arm[acted] == POLICY] > 0).all()
    assert ((chosen.propensity > 0) & (chosen.propensity <= 1)).all()
    assert (chosen.removed[acted, action] == Rule.ALLOWED).all()
    assert ((chosen.removed == Rule.ALLOWED).sum(axis=1) == (chosen.choice != NOTHING)).all()
    assert shared.setting.explore <= explore


def test_the_holdout_is_left_alone_in_its_share_and_the_same_every_day():
    who, choices = easy(4_000, 4), menu(plan())
    days = [share_out(who, choices, NONE, setting(day=setting().day.replace(day=day), holdout=0.1)) for day in (1, 2)]
    arms = [one.chosen.arm for one in days]
    assert (arms[0] == arms[1]).all()
    assert (arms[0] == HOLDOUT).mean() == pytest.approx(0.1, abs=0.02)
    assert (days[0].chosen.choice[arms[0] == HOLDOUT] == NOTHING).all()


def test_nobody_explores_where_no_share_is_stated():
    shared = share_out(customers(2_000, 4), menu(plan()), NONE, setting())
    assert (shared.chosen.arm != EXPLORE).all()
    assert shared.reserved == 0.0


def test_exploration_is_dealt_first_and_its_cost_reserved():
    made = plan(budget=300.0, caps=Cap())
    who = easy(2_000, 4)
    shared = share_out(who, menu(made), NONE, setting(explore=0.05))
    explorers = shared.chosen.arm == EXPLORE
    assert shared.setting.explore == 0.05
    assert shared.reserved == pytest.approx(shared.chosen.cost[explorers].sum())
    assert shared.chosen.cost.sum() <= 300.0
    assert set(np.unique(shared.chosen.choice[explorers]).tolist()) >= {NOTHING, 0, 5}


def test_a_share_that_does_not_fit_shrinks_and_is_stated():
    made = plan(channel_capacity={"call": 20}, caps=Cap())
    shared = share_out(easy(2_000, 4), menu(made), NONE, setting(explore=0.5))
    assert 0 < shared.setting.explore < 0.1
    choices = menu(made)
    calls = [k for k, one in enumerate(choices.options) if one.channel == 2]
    assert np.isin(shared.chosen.choice, calls).sum() <= 20


def test_shares_of_arms_and_options_are_those_the_propensity_tells():
    made = Plan((Action("a", 0.0, channels=("email",), assumed_effect=0.1), Action("b", 0.0, channels=("sms",))))
    who = easy(20_000, 2, churn=np.full(20_000, 0.5), stake=np.full(20_000, 100.0))
    chosen = share_out(who, menu(made), NONE, setting(explore=0.3, holdout=0.2)).chosen
    told = {
        NOTHING: 0.8 * 0.3 / 3 + 0.2,
        0: 0.8 * (0.7 + 0.3 / 3),
        1: 0.8 * 0.3 / 3,
    }
    for option, probability in told.items():
        mine = chosen.choice == option
        assert np.unique(chosen.propensity[mine]).tolist() == [pytest.approx(probability)]
        assert mine.mean() == pytest.approx(probability, abs=0.012)


def test_a_call_decides_as_the_night_did_but_for_those_on_the_margin():
    made = plan(budget=400.0, channel_capacity={"call": 30})
    who, choices = customers(3_000, 4, seed=4), menu(made)
    night = share_out(who, choices, NONE, setting(explore=0.1))
    alone = choose(who, choices, NONE, night.setting)
    assert (alone.arm == night.chosen.arm).all()
    explorers = alone.arm == EXPLORE
    assert (alone.choice[explorers] == night.chosen.choice[explorers]).all()
    assert (alone.choice == night.chosen.choice).mean() > 0.98
    one = choose(_row(who, 7), choices, NONE, night.setting)
    assert (one.choice[0], one.propensity[0], one.removed[0].tolist()) == (
        alone.choice[7], alone.propensity[7], alone.removed[7].tolist(),
    )  # fmt: skip


def test_a_receipt_names_what_each_action_lost_to():
    actions = (
        Action("best", 0.0, channels=("email",), assumed_effect=0.2),
        Action("second", 0.0, channels=("email",), assumed_effect=0.1),
        Action("dear", 500.0, channels=("email",), assumed_effect=0.1),
        Action("unknown", 0.0, channels=("email",)),
        Action("elsewhere", 0.0, channels=("fax",), assumed_effect=0.1),
        Action("scarce", 0.0, channels=("call",), assumed_effect=0.3),
    )
    who = easy(3, 6, churn=np.full(3, 0.5), stake=np.array([100.0, 200.0, 300.0]))
    made = Plan(actions, channel_capacity={"call": 1})
    shared = share_out(who, menu(made, (0.0, 0.0, 0.0)), NONE, setting(holdout=0.0))
    assert [[Rule(code).told for code in row] for row in shared.chosen.removed.tolist()] == [
        ["allowed", "worth_less", "not_worth_it", "no_value", "no_consent", "capacity"],
        ["allowed", "worth_less", "not_worth_it", "no_value", "no_consent", "capacity"],
        ["worth_less", "worth_less", "not_worth_it", "no_value", "no_consent", "allowed"],
    ]
    assert shared.setting.prices["channel:call"] > 0


def test_a_measured_no_effect_keeps_everybody_from_being_written_to():
    who, n = easy(500, 4), 500
    nothing = Effects({(name, None): Effect(*np.zeros((4, n))) for name in ("voucher", "care", "news", "survey")})
    assert (share_out(who, menu(plan()), nothing, setting()).chosen.choice == NOTHING).all()


def test_an_offer_nobody_gains_from_is_not_given():
    made = Plan((Action("a", 0.0, offer=ActionOffer("X", 1e6), assumed_effect=0.5),))
    chosen = share_out(
        easy(100, 1, churn=np.full(100, 0.5), order=np.full(100, 0.5)), menu(made), NONE, setting()
    ).chosen
    assert (chosen.choice == NOTHING).all()
    assert (chosen.removed[chosen.arm == POLICY] == Rule.NOT_WORTH_IT).all()


def test_a_shop_without_actions_leaves_everybody_alone():
    chosen = share_out(easy(50, 0), menu(Plan()), NONE, setting(explore=0.2)).chosen
    assert (chosen.choice == NOTHING).all()
    assert chosen.propensity.tolist() == [1.0] * 50


def _row(who, at):
    parts = {field.name: getattr(who, field.name)[at : at + 1] for field in dataclasses.fields(who)}
    return dataclasses.replace(who, **parts)
