"""What doing something is worth, by the one definition."""

import numpy as np
import pytest

from decisions.actions import Action, ActionOffer, Plan
from decisions.worth.worth import Effect, Effects, uplift_of, value_at_stake, worth_of
from tests.decisions.made_customers import easy, menu

NONE = Effects()


def one(action, **given):
    facts = {"churn": np.array([0.5]), "order": np.array([0.5]), "stake": np.array([400.0])}
    return easy(1, 1, **(facts | given)), menu(Plan((action,)))


def test_an_assumed_effect_is_of_those_leaving_and_their_value_less_send_and_offer():
    who, choice = one(Action("a", 0.05, channels=("sms",), offer=ActionOffer("X", 8.0), assumed_effect=0.1))
    worth = worth_of(who, choice, NONE)
    assert worth.cost.tolist() == [[pytest.approx(0.05 + 0.05 + 8.0 * 0.5)]]
    assert worth.net.tolist() == [[pytest.approx(0.1 * 0.5 * 400 - 4.1)]]


def test_an_offer_that_the_amounts_are_net_of_costs_nothing_besides():
    who, choice = one(
        Action("a", 0.0, channels=("email",), offer=ActionOffer("X", 8.0, in_amount=True), assumed_effect=0.1)
    )
    assert worth_of(who, choice, NONE).net.tolist() == [[pytest.approx(20.0)]]


def test_a_learnt_effect_outranks_the_assumed_one_even_where_it_is_none():
    who, choice = one(Action("a", 1.0, channels=("email",), assumed_effect=0.1))
    measured = Effect(*(np.array([number]) for number in (0.04, 0.01, 0.07, 6.0)))
    assert worth_of(who, choice, Effects({("a", None): measured})).net.tolist() == [[pytest.approx(5.0)]]
    nothing = Effect(*(np.zeros(1) for _ in range(4)))
    assert worth_of(who, choice, Effects({("a", None): nothing})).net.tolist() == [[pytest.approx(-1.0)]]


def test_an_effect_of_a_channel_outranks_that_of_the_action():
    who, choice = one(Action("a", 0.0, channels=("email", "sms"), assumed_effect=0.1))
    learnt = {("a", None): Effect(*np.ones((4, 1))), ("a", "sms"): Effect(*np.full((4, 1), 3.0))}
    assert worth_of(who, choice, Effects(learnt)).net.tolist() == [[1.0, pytest.approx(2.95)]]


def test_what_was_neither_measured_nor_assumed_is_worth_nobody_knows_what():
    who, choice = one(Action("a", 0.0, channels=("email",)))
    assert np.isneginf(worth_of(who, choice, NONE).net).all()
    assert np.isnan(uplift_of(who, choice, NONE, np.array([0], np.int16))).all()
    unknown = one(Action("a", 0.0, channels=("email",), assumed_effect=0.1), stake=np.array([np.nan]))
    assert np.isneginf(worth_of(*unknown, NONE).net).all()


def test_an_assumed_effect_comes_in_full_through_the_channel_most_likely_to_be_answered():
    contact = np.array([[0.1, 0.2, 0.4]], np.float32)
    may = np.array([[True, True, False]])
    who, choice = one(Action("a", 0.0, channels=("email", "sms"), assumed_effect=0.1), contact=contact, may=may)
    assert worth_of(who, choice, NONE).net.tolist() == [[pytest.approx(10.0), pytest.approx(20.0 - 0.05)]]


def test_uplift_is_in_probability_with_an_interval_where_it_was_learnt():
    who, choice = one(Action("a", 0.0, channels=("email",), assumed_effect=0.1))
    assumed = uplift_of(who, choice, NONE, np.array([0], np.int16))
    assert assumed[0, 0] == pytest.approx(0.05)
    assert np.isnan(assumed[0, 1:]).all()
    learnt = Effects({("a", None): Effect(*(np.array([number]) for number in (0.04, 0.01, 0.07, 6.0)))})
    assert uplift_of(who, choice, learnt, np.array([0], np.int16)).tolist() == [[0.04, 0.01, 0.07]]
    assert np.isnan(uplift_of(who, choice, learnt, np.array([-1], np.int16))).all()


def test_value_at_stake_is_a_years_margin_of_the_horizons_spend():
    assert value_at_stake(np.array([84.2]), 0.3, 28).tolist() == [pytest.approx(84.2 * 365 / 28 * 0.3)]
    assert np.isnan(value_at_stake(np.array([84.2]), None, 28)).all()
