"""Every rule removes what it should and nothing else, and the rule that came last is the one told."""

import dataclasses

import numpy as np
import pytest

from decisions.actions import Action, Cap, Plan
from decisions.allowed.eligibility import Rule, menu_of, removed_by
from decisions.stages import STAGES
from tests.decisions.made_customers import CAUSES, CHANNELS, customers, easy, menu, plan

FREE = Action("a", 0.0)


def codes(who, made):
    return removed_by(who, menu(made))


def test_a_menu_has_every_action_through_every_channel_it_may_take():
    made = menu_of(Plan((FREE, Action("b", 1.0, channels=("call", "fax")))), CHANNELS, (0.0, 0.05, 1.0))
    assert [(made.action_of(k).name, made.channel_of(k), made.options[k].send_cost) for k in range(4)] == [
        ("a", "email", 0.0), ("a", "sms", 0.05), ("a", "call", 1.0), ("b", "call", 2.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "action", "given"),
    [
        (Rule.SUPPRESSED, FREE, {"suppressed": np.array([True])}),
        (Rule.STAGE, dataclasses.replace(FREE, stages=("lost",)), {"stage": np.array([1], np.int8)}),
        (Rule.CAUSE, dataclasses.replace(FREE, because=("service",)), {"cause": np.array([1], np.int8)}),
        (Rule.CAUSE, dataclasses.replace(FREE, because=("service",)), {"cause": np.array([-1], np.int8)}),
        (Rule.NEVER, FREE, {"clear": np.array([[False]])}),
        (Rule.NO_STORE_NEAR, FREE, {"near": np.array([[False]])}),
        (Rule.COOLDOWN, FREE, {"rested": np.array([[False]])}),
        (Rule.NO_REACH, FREE, {"may": np.zeros((1, 3), bool)}),
        (Rule.COOLDOWN, FREE, {"rested": np.array([[False]]), "may": np.zeros((1, 3), bool)}),
        (Rule.WEEK_CAP, FREE, {"week_all": np.array([2]), "month_all": np.array([4])}),
        (Rule.MONTH_CAP, FREE, {"week_all": np.array([1]), "month_all": np.array([4])}),
        (Rule.CAPACITY, dataclasses.replace(FREE, capacity=0), {}),
        (Rule.ALLOWED, FREE, {"week_all": np.array([1]), "month_all": np.array([3])}),
        (Rule.ALLOWED, dataclasses.replace(FREE, stages=("new",)), {"stage": np.array([1], np.int8)}),
        (Rule.ALLOWED, dataclasses.replace(FREE, because=("silence",)), {"cause": np.array([1], np.int8)}),
    ],
)
def test_a_rule_removes_every_channel_of_the_action(rule, action, given):
    made = Plan((action,), causes=CAUSES, caps=Cap(2, 4))
    assert codes(easy(1, 1, **given), made).tolist() == [[rule] * 3]


def test_who_can_be_reached_by_another_channel_only_lacks_consent_for_this_one():
    who = easy(1, 1, may=np.array([[False, True, False]]))
    assert codes(who, Plan((FREE,))).tolist() == [[Rule.NO_CONSENT, Rule.ALLOWED, Rule.NO_CONSENT]]


def test_a_cap_or_capacity_of_a_channel_removes_that_channel_alone():
    sent = np.array([[0, 1, 0]])
    made = Plan((FREE,), channel_caps={"sms": Cap(None, 1)}, channel_capacity={"call": 0})
    who = easy(1, 1, month=sent, week=sent, week_all=np.array([1]), month_all=np.array([1]))
    assert codes(who, made).tolist() == [[Rule.ALLOWED, Rule.MONTH_CAP, Rule.CAPACITY]]


def test_a_stage_named_in_the_action_is_the_only_one_let_through():
    made = plan()
    found = codes(customers(500, 4, seed=2), made)
    who = customers(500, 4, seed=2)
    wrong = ~np.isin(who.stage, [STAGES.index(one) for one in ("at_risk", "dormant", "lost")])
    assert (found[wrong & ~who.suppressed, 0] == Rule.STAGE).all()
    assert (found[:, 0] != Rule.STAGE)[~wrong].all()
