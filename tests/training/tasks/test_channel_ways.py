"""In which way a contact channel is answered: by ranks where they cost nothing, by one rate where nothing ranks."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from training.data.cutoffs import FoldPlan
from training.learners.channels.contact import SHOP_RATE, ContactModel
from training.learners.channels.shares import Question
from training.learners.model_kinds import GRADIENT_BOOSTING, REGRESSION, RULES
from training.tasks.channel_ways import WAYS, in_order, plainest, ranking_ways

PEOPLE = 2_000
EMAIL, NAME = "email", "contact_email"


@pytest.fixture(scope="module")
def asked():
    """Mail that some people answer and most do not, one message each; own rates are right in rank, half in level."""
    dice = np.random.default_rng(2)
    chance = dice.beta(0.5, 9.0, PEOPLE)
    counts = np.stack([np.ones(PEOPLE), dice.random(PEOPLE) < chance], axis=1).astype(np.float64)
    rows = np.ones(PEOPLE, dtype=bool)
    context = SimpleNamespace(
        plan=SimpleNamespace(folds=[FoldPlan(datetime(2026, 1, 1), ())]),
        data=SimpleNamespace(at=lambda _: rows, customers=np.arange(PEOPLE).astype(str)),
    )
    flat = np.full(PEOPLE, chance.mean())
    given = {SHOP_RATE: flat, RULES: 0.5 * chance + 1e-3, REGRESSION: dice.permutation(chance), GRADIENT_BOOSTING: flat}
    return (
        context,
        ContactModel(EMAIL, counts, np.zeros((PEOPLE, 2))),
        {way: [{NAME: one}] for way, one in given.items()},
    )


def told(**losses):
    return {way: {NAME: losses.get(way, 1.0)} for way in WAYS}


def test_own_rates_rank_and_what_is_shuffled_or_flat_does_not(asked):
    assert ranking_ways(*asked) == {RULES}


def test_one_rate_serves_where_nothing_ranks_and_is_left_out_where_something_does(asked):
    _, email, _ = asked
    losses = told(shop_rate=0.2, rules=0.201, regression=0.25, gradient_boosting=0.25)
    assert in_order(email, losses, ())[0] == plainest(email, losses, ()) == SHOP_RATE
    assert in_order(email, losses, {RULES}) == [RULES, REGRESSION, GRADIENT_BOOSTING]
    assert plainest(email, losses, {RULES}) == RULES


def test_what_does_not_rank_stands_in_for_nobody(asked):
    """Where the regression alone ranks, own rates that are worse than one rate are no refuge."""
    _, email, _ = asked
    losses = told(shop_rate=0.2, rules=0.22, regression=0.2)
    assert in_order(email, losses, {REGRESSION})[0] == REGRESSION
    assert plainest(email, losses, {REGRESSION}) == SHOP_RATE


def test_of_two_ways_alike_the_simpler_one_is_tried_first(asked):
    _, email, _ = asked
    losses = told(shop_rate=0.3, rules=0.2, regression=0.1995, gradient_boosting=0.199)
    assert in_order(email, losses, {RULES, REGRESSION}) == [RULES, GRADIENT_BOOSTING, REGRESSION]


def test_shares_know_no_rate_for_everybody():
    shares = Question("purchase", ("web", "store"), {}, {}, np.ones((4, 2)))
    losses = {way: {"purchase": 1.0 - i / 10} for i, way in enumerate(WAYS)}
    assert in_order(shares, losses, ()) == [GRADIENT_BOOSTING, RULES]
