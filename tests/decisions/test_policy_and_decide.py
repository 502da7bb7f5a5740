"""A decision follows the policy's rules, in their order, and says which one."""

import dataclasses
import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.decide import Person, Span, decide, money, preferred_channel, send_at
from decisions.policy import Offer, Policy, band_of, read_policy
from scoring.errors import ReleaseError
from tests.serving.tiny import read_tiny_texts

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 1, 14, 30, tzinfo=ZONE)
SPAN = Span(horizon=28, active_within=91)
OFFER = Offer("BACK8", Decimal("8.00"), 0.05)
POLICY = Policy(margin=0.3, holdout_share=0.0, offers={"win_back_voucher": OFFER}, channels=("mail", "email"))
RISKY = Person(
    customer_id="1",
    values={"days_since_order": 41.0, "orders": 9.0, "messages_30d": 1.0},
    answers={"churn_probability": 0.71, "expected_spend": 84.2},
    channels=("email", "mail"),
    best_hour=19,
    eligible=True,
    age_days=0,
)


def decided(person=RISKY, policy=POLICY):
    return decide(person, policy, SPAN, NOW, read_tiny_texts("en"))


def but(person=RISKY, **changes):
    return dataclasses.replace(person, **changes)


def test_at_risk_and_worth_it_is_won_back_through_the_first_channel_of_the_policy():
    decision = decided()
    assert (decision["action"], decision["channel"]) == ("win_back_voucher", "mail")
    assert decision["send_at"] == "2026-06-01T19:00+08:00"
    assert decision["offer"] == {"code": "BACK8", "cost": "8.00"}
    assert decision["expected_net_value"] == "8.46"  # 84.20 × 365 / 28 × 0.3 × 0.05 − 8
    assert decision["expires_at"] == "2026-06-08T00:00+08:00"


@pytest.mark.parametrize(
    ("rule", "person", "policy"),
    [
        ("holdout", RISKY, dataclasses.replace(POLICY, holdout_share=0.999999)),
        ("outdated", but(age_days=7), POLICY),
        ("no_model", but(answers={"expected_spend": 84.2}), POLICY),
        ("not_eligible", but(eligible=False), POLICY),
        ("not_at_risk", but(answers={"churn_probability": 0.49, "expected_spend": 84.2}), POLICY),
        ("no_offer", RISKY, dataclasses.replace(POLICY, offers={})),
        ("no_margin", RISKY, dataclasses.replace(POLICY, margin=None)),
        ("no_margin", but(answers={"churn_probability": 0.71}), POLICY),
        ("not_worth_it", but(answers={"churn_probability": 0.71, "expected_spend": 20.0}), POLICY),
        ("no_channel", but(channels=()), POLICY),
        ("tired", but(values={"days_since_order": 41.0, "messages_30d": 9.0}), POLICY),
    ],
)
def test_who_is_left_alone_is_told_why(rule, person, policy):
    decision = decided(person, policy)
    assert decision["action"] == "leave_alone"
    assert decision["why"] == read_tiny_texts("en").rules[rule]
    assert decision["channel"] is decision["offer"] is decision["send_at"] is None
    assert decision["expected_net_value"] == "0.00"


def test_a_model_of_responses_outranks_the_policys_order():
    liked = but(answers={**RISKY.answers, "contact_email": 0.2, "contact_mail": 0.1})
    assert preferred_channel(liked, POLICY) == "email"
    assert preferred_channel(but(channels=("mail",)), POLICY) == "mail"


def test_the_band_of_the_churn_probability_stands_beside_the_stage():
    decision = decided(but(values=RISKY.values | {"shopping_days": 2.0, "days_since_first_order": 80.0}))
    assert (decision["stage"], decision["band"]) == ("loyal", "high")
    assert decided(but(answers={}))["band"] is None


@pytest.mark.parametrize(
    ("hour", "at"),
    [(19, "06-01T19"), (14, "06-02T14"), (3, "06-02T09"), (23, "06-01T20"), (None, "06-02T10")],
)
def test_messages_go_out_at_the_best_hour_that_is_not_quiet(hour, at):
    assert send_at(NOW, hour, POLICY).isoformat(timespec="hours").startswith(f"2026-{at}")


@pytest.mark.parametrize(("monday", "tuesday", "at"), [(19, 11, "06-01T19"), (14, 11, "06-02T11"), (14, 3, "06-02T09")])
def test_the_hour_is_that_of_the_day_of_sending(monday, tuesday, at):
    hours = (monday, tuesday, *[17] * 5)
    assert NOW.weekday() == 0
    assert send_at(NOW, 8, POLICY, hours).isoformat(timespec="hours").startswith(f"2026-{at}")


@given(st.floats(0, 1))
def test_a_probability_has_exactly_one_band(probability):
    edges = {"low": (0, 0.25), "medium": (0.25, 0.5), "high": (0.5, 0.75), "very_high": (0.75, 1.01)}
    low, high = edges[band_of(probability)]
    assert low <= probability < high


def test_arms_are_dealt_by_key_in_their_shares_and_stay():
    policy = Policy(holdout_share=0.05, arm_key="autumn")
    arms = [policy.arm(f"C-{i}") for i in range(20_000)]
    assert arms == [policy.arm(f"C-{i}") for i in range(20_000)]
    assert arms.count("holdout") / 20_000 == pytest.approx(0.05, abs=0.006)
    other = [dataclasses.replace(policy, arm_key="winter").arm(f"C-{i}") for i in range(20_000)]
    both = sum(a == b == "holdout" for a, b in zip(arms, other, strict=True)) / 20_000
    assert both == pytest.approx(0.0025, abs=0.0015)


def test_a_policy_reads_back_as_it_was_written():
    assert read_policy(POLICY.to_json()) == POLICY


@pytest.mark.parametrize(
    "changes",
    [{"margin2": 1}, {"holdout_share": 1.5}, {"offers": {"a": {"code": "x"}}}, {"quiet_from": 30}],
)
def test_a_policy_that_says_something_else_is_refused(changes):
    with pytest.raises(ReleaseError, match=r"policy\.json"):
        read_policy(json.dumps({**json.loads(POLICY.to_json()), **changes}))


@pytest.mark.parametrize(("amount", "shown"), [(84.2, "84.20"), (-0.001, "0.00"), (Decimal("8"), "8.00")])
def test_money_is_an_exact_decimal_of_two_places(amount, shown):
    assert money(amount) == shown
