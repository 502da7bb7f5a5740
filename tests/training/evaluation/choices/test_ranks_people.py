"""Answers that rank people stand in for one rate for everybody where they lose nothing by it, and only there."""

import numpy as np

from training.evaluation.choices.ranks_people import Beside, ranks_at_no_loss


def beside(told, level=1.0, people=1_500, cutoffs=2):
    """Cutoffs at which people answer with a chance of their own, as far as it is told, its level off by a factor."""
    dice = np.random.default_rng(4)
    chance = dice.beta(0.5, 9.0, people)
    found = []
    for _ in range(cutoffs):
        truth = dice.random(people) < chance
        score = np.clip(level * (told * chance + (1 - told) * dice.permutation(chance)), 1e-4, 0.999)
        found.append(
            Beside(np.arange(people).astype(str), truth, score, loss(truth, score), loss(truth, chance.mean()))
        )
    return found


def loss(truth, chance):
    return np.where(truth, -np.log(chance), -np.log1p(-chance)) + np.zeros(len(truth))


def test_own_chances_rank_at_no_loss():
    assert ranks_at_no_loss(beside(1.0))


def test_a_level_that_is_off_is_forgiven_as_far_as_the_ranking_makes_up_for_it():
    assert ranks_at_no_loss(beside(1.0, level=1.5))
    assert not ranks_at_no_loss(beside(1.0, level=6.0))


def test_what_tells_nobody_apart_ranks_nobody():
    assert not ranks_at_no_loss(beside(0.0))


def test_where_nobody_answered_nothing_ranks():
    none = [Beside(one.customers, one.truth & False, one.score, one.loss, one.flat_loss) for one in beside(1.0)]
    assert not ranks_at_no_loss(none)
    assert not ranks_at_no_loss([])
