"""One rule for all contact channels: own rates against those on the other channels."""

from types import SimpleNamespace

import numpy as np
import pytest

from training.learners.channels.contact import ContactModel, rule_of, ruled

CHANNELS = ("a", "b b", "丙")


def _world(people=3_000, seed=4):
    """Everybody answers 40 % on one channel and 5 % on the others; the columns are the log-odds of few sends."""
    chance = np.random.default_rng(seed)
    likes = chance.integers(len(CHANNELS), size=people)
    rates = np.where(likes[:, None] == np.arange(len(CHANNELS)), 0.4, 0.05)
    past, ahead = chance.poisson(6, rates.shape), chance.poisson(2, rates.shape)
    rate = (chance.binomial(past, rates) + 4 * rates.mean()) / (past + 4)
    counts = np.stack([ahead, chance.binomial(ahead, rates)], axis=2).astype(float)
    contacts = [ContactModel(name, counts[:, i], np.zeros((people, 2))) for i, name in enumerate(CHANNELS)]
    columns = {one.derived[-1]: np.log(rate / (1 - rate))[:, i] for i, one in enumerate(contacts)}
    return contacts, SimpleNamespace(column=columns.__getitem__), np.ones(people, dtype=bool)


def test_answers_on_other_channels_count_against_and_alike_for_every_channel():
    contacts, data, rows = _world()
    rule = rule_of(contacts, data, rows)  # type: ignore[arg-type]
    assert rule is not None
    weights = {term.feature: term.weight for term in rule.terms}
    assert weights["own"] > 0.5 > 0 > weights["others"]
    heads = [ruled(one, contacts, rule) for one in contacts]
    for one, head in zip(contacts, heads, strict=True):
        told = {term.feature: term.weight for term in head.terms}
        assert head.intercept == rule.intercept
        assert told == pytest.approx(
            {peer.derived[-1]: weights["own"] if peer is one else weights["others"] / 2 for peer in contacts}
        )


def test_one_channel_or_few_answers_leave_the_own_rate_as_it_is():
    contacts, data, rows = _world()
    few = _world(people=10)
    assert rule_of(contacts[:1], data, rows) is None  # type: ignore[arg-type]
    assert rule_of(few[0], few[1], few[2]) is None  # type: ignore[arg-type]
    (term,) = ruled(contacts[0], contacts, None).terms
    assert (term.feature, term.weight, term.centre) == (contacts[0].derived[-1], 1.0, 0.0)
