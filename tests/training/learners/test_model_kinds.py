"""Which kinds of model the data open."""

import numpy as np

from training.learners.model_kinds import BUY_TILL_YOU_DIE, GRADIENT_BOOSTING, RULES, open_kinds


def status(ordered, silent):
    return open_kinds({"churn": np.repeat([0.0, 1.0], [ordered, silent])})


def test_a_dozen_orders_among_many_silent_customers_open_the_regression():
    found = status(12, 400)
    assert found[RULES] == found[BUY_TILL_YOU_DIE] == ""
    assert found[GRADIENT_BOOSTING] == ("there are 12 outcomes with an order and 400 without; 500 of each are needed")


def test_a_handful_leave_rules_alone():
    assert (
        status(9, 400)[BUY_TILL_YOU_DIE] == "there are 9 outcomes with an order and 400 without; 10 of each are needed"
    )
