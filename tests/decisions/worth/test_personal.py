"""Of a model's answers those count that say something, and no effect only where it leaves out what was assumed."""

from datetime import date

import numpy as np
import pytest

from decisions.actions import Action, Plan
from decisions.allowed.eligibility import menu_of
from decisions.choose import Setting
from decisions.receipts import receipt
from decisions.worth.personal import told_actions, with_personal
from decisions.worth.worth import Effect, Effects, uplift_of, worth_of
from tests.decisions.made_customers import easy


def answers(margin, high, n=4, name="voucher", low=0.0, likely=None):
    told = {f"margin_uplift_{name}": margin, f"margin_uplift_{name}_low": low, f"margin_uplift_{name}_high": high,
            f"order_uplift_{name}": 0.1, f"order_uplift_{name}_low": 0.0,
            f"order_uplift_{name}_high": 0.2}  # fmt: skip
    told |= {} if likely is None else {f"margin_likely_{name}": likely}
    return {key: np.full(n, value) for key, value in told.items()}


def plan(assumed):
    return Plan((Action("voucher", 1.0, assumed_effect=assumed), Action("call", 1.0, assumed_effect=assumed)))


def customers():
    return easy(4, 2, churn=np.full(4, 0.5), stake=np.full(4, 100.0))


def test_an_effect_counts_whatever_was_assumed():
    for assumed in (None, 0.1):
        assert told_actions(answers(3.0, 9.0), plan(assumed), customers()) == {"voucher": 1.0}


def test_no_effect_counts_where_it_leaves_out_what_was_assumed():
    assert told_actions(answers(0.0, 4.9), plan(0.1), customers()) == {"voucher": 1.0}  # 0.1 × 0.5 × 100 was hoped for
    assert told_actions(answers(0.0, 5.1), plan(0.1), customers()) == {}
    assert told_actions(answers(0.0, 0.1), plan(None), customers()) == {}


def test_without_answers_nothing_changes():
    measured = Effects({("voucher", "email"): Effect(*(np.zeros(4) for _ in range(4)))})
    assert told_actions({}, plan(0.1), customers()) == {}
    assert with_personal(measured, {}, {"voucher": 1.0}) is measured


def test_the_models_effects_take_the_place_of_one_figure_for_all():
    zeros = Effect(*(np.zeros(4) for _ in range(4)))
    measured = Effects({("voucher", "email"): zeros, ("call", "email"): zeros})
    found = with_personal(measured, answers(3.0, 9.0), {"voucher": 1.0})
    assert found.of("voucher", "email").margin.tolist() == [3.0] * 4
    assert found.of("voucher", "sms").probability.tolist() == [0.1] * 4
    assert found.of("call", "email") is zeros


def test_no_effect_counts_where_it_leaves_out_any_of_a_usual_size():
    """A hundredth of what is at stake, 1; the assumption hoped for 0.5."""
    assert told_actions(answers(0.0, 0.9), plan(0.01), customers()) == {"voucher": 1.0}
    assert told_actions(answers(0.0, 1.1), plan(0.01), customers()) == {}


def test_what_was_seen_corrects_the_assumption_by_how_sure_it_is():
    """1 was hoped for, 3 was seen with an error of 0.3: 92 % of the word, and still assumed."""
    seen = answers(0.0, 3.0 + 1.96 * 0.3, low=3.0 - 1.96 * 0.3, likely=3.0)
    told = told_actions(seen, plan(0.02), customers())
    assert told["voucher"] == pytest.approx(1 / 1.09, abs=0.001)
    effects, menu = with_personal(Effects(), seen, told), menu_of(plan(0.02), ("mail",), (0.0,))
    assert worth_of(customers(), menu, effects).net[0, 0] == pytest.approx((3 + 0.09) / 1.09 - 1.0, abs=0.01)
    choice = np.zeros(4, dtype=np.int16)
    assert uplift_of(customers(), menu, effects, choice)[0, 0] == pytest.approx(0.02 * 0.5)
    assert receipt([0, 0], 0, menu, Setting(date(2026, 1, 1), "key", 0.0, 0.0), effects)["assumed"] == ["effect"]


def test_noise_steers_nobody_and_the_more_was_seen_the_more_it_counts():
    words = [
        told_actions(answers(0.0, 3.0 + 2 * error, low=3.0 - 2 * error, likely=3.0), plan(0.02), customers())
        for error in (2.0, 0.3, 0.1)
    ]
    assert words[0] == {} and 0.9 < words[1]["voucher"] < words[2]["voucher"] < 1


def test_what_outcomes_proved_does_not_give_way_to_what_the_model_did_not():
    measured = Effects({("voucher", "mail"): Effect(*(np.ones(4) for _ in range(4)))})
    assert with_personal(measured, answers(0.0, 20.0, likely=9.0), {"voucher": 0.5}) is measured


def test_a_trial_that_could_have_seen_something_and_did_not_leaves_everybody_alone():
    """A usual effect is 1, half of which was hoped for: with an error of 0.4 the interval ends at 1.2 and refutes
    neither, but had there been anything, some of it would have shown."""
    unseen = answers(0.0, 0.4 + 1.96 * 0.4, low=0.4 - 1.96 * 0.4, likely=0.4)
    told = told_actions(unseen, plan(0.01), customers())
    assert told == {"voucher": 1.0}
    effects, menu = with_personal(Effects(), unseen, told), menu_of(plan(0.01), ("mail",), (0.0,))
    assert worth_of(customers(), menu, effects).net[0, 0] == pytest.approx(-1.0)


def test_a_trial_too_small_to_see_anything_leaves_the_assumption_as_it_is():
    for seen in (-0.5, 0.0, 2.0):
        small = answers(0.0, seen + 1.96 * 0.6, low=seen - 1.96 * 0.6, likely=seen)
        assert told_actions(small, plan(0.01), customers()) == {}
