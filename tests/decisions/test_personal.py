"""Of a model's answers those count that say something, and no effect only where it leaves out what was assumed."""

import numpy as np

from decisions.actions import Action, Plan
from decisions.personal import told_actions, with_personal
from decisions.worth import Effect, Effects
from tests.decisions.made_customers import easy


def answers(margin, high, n=4, name="voucher"):
    told = {f"margin_uplift_{name}": margin, f"margin_uplift_{name}_high": high, f"order_uplift_{name}": 0.1,
            f"order_uplift_{name}_low": 0.0, f"order_uplift_{name}_high": 0.2}  # fmt: skip
    return {key: np.full(n, value) for key, value in told.items()}


def plan(assumed):
    return Plan((Action("voucher", 1.0, assumed_effect=assumed), Action("call", 1.0, assumed_effect=assumed)))


def customers():
    return easy(4, 2, churn=np.full(4, 0.5), stake=np.full(4, 100.0))


def test_an_effect_counts_whatever_was_assumed():
    for assumed in (None, 0.1):
        assert told_actions(answers(3.0, 9.0), plan(assumed), customers()) == ("voucher",)


def test_no_effect_counts_where_it_leaves_out_what_was_assumed():
    assert told_actions(answers(0.0, 4.9), plan(0.1), customers()) == ("voucher",)  # 0.1 × 0.5 × 100 was hoped for
    assert told_actions(answers(0.0, 5.1), plan(0.1), customers()) == ()
    assert told_actions(answers(0.0, 0.1), plan(None), customers()) == ()


def test_without_answers_nothing_changes():
    measured = Effects({("voucher", "email"): Effect(*(np.zeros(4) for _ in range(4)))})
    assert told_actions({}, plan(0.1), customers()) == ()
    assert with_personal(measured, {}, ("voucher",)) is measured


def test_the_models_effects_take_the_place_of_one_figure_for_all():
    zeros = Effect(*(np.zeros(4) for _ in range(4)))
    measured = Effects({("voucher", "email"): zeros, ("call", "email"): zeros})
    found = with_personal(measured, answers(3.0, 9.0), ("voucher",))
    assert found.of("voucher", "email").margin.tolist() == [3.0] * 4
    assert found.of("voucher", "sms").probability.tolist() == [0.1] * 4
    assert found.of("call", "email") is zeros
