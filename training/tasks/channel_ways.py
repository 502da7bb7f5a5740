"""In which way a channel question is answered: the ways there are, in which order they are tried, what stands in."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.backtest.context import Context
from training.evaluation.choices.ranks_people import Beside, ranks_at_no_loss
from training.learners.channels.contact import SHOP_RATE, ContactModel
from training.learners.model_kinds import GRADIENT_BOOSTING, REGRESSION, RULES
from training.tasks.channel_questions import ChannelQuestion

Array = NDArray[np.float64]
Losses = Mapping[str, Mapping[str, float]]  # way → question → mean log loss over the folds
Answers = Mapping[str, Sequence[Mapping[str, Array]]]  # way → each fold's answers

WAYS = (SHOP_RATE, RULES, REGRESSION, GRADIENT_BOOSTING)  # the simplest first
_WORTH = {REGRESSION: 0.005, GRADIENT_BOOSTING: 0.01}  # by how much they must be better where channels are compared


def plain_ways(one: ChannelQuestion) -> tuple[str, ...]:
    """What may serve where nothing passes: one rate for everybody, or own rates or shares shrunk to the shop's."""
    return (SHOP_RATE, RULES) if isinstance(one, ContactModel) else (RULES,)


def ranking_ways(context: Context, one: ChannelQuestion, answers: Answers) -> frozenset[str]:
    """The ways that rank the people a channel wrote to, and lose nothing by it beside one rate for everybody."""
    if not isinstance(one, ContactModel):
        return frozenset()
    ranking = (way for way in _ways(one) if way != SHOP_RATE)
    return frozenset(way for way in ranking if ranks_at_no_loss(_beside(context, one, answers, way)))


def in_order(one: ChannelQuestion, losses: Losses, ranking: Collection[str]) -> list[str]:
    """The ways that may serve: the best, then all by their loss; of two alike the simpler one is better.

    Contact channels are set beside one another, and what is fitted for each channel alone blurs that: there a
    regression must be better than the rule for all channels by one part in two hundred, trees by one in a hundred.
    One rate for everybody is left out where any other way ranks people at no loss: channels are chosen by ranks.
    """
    ways = [way for way in _ways(one) if way != SHOP_RATE or not ranking]
    worth = _WORTH if isinstance(one, ContactModel) else {}
    best = min(ways, key=lambda way: losses[way][one.name] * (1 + worth.get(way, 0.0)))
    return list(dict.fromkeys([best, *sorted(ways, key=lambda way: losses[way][one.name])]))


def plainest(one: ChannelQuestion, losses: Losses, ranking: Collection[str]) -> str:
    """What stands in where no way passes: own rates that rank, for a level that nothing meets is no reason to give up
    the ranking; else the better of the plain ways over the folds.
    """
    if RULES in ranking:
        return RULES
    return min(plain_ways(one), key=lambda way: losses[way][one.name])


def _ways(one: ChannelQuestion) -> tuple[str, ...]:
    return WAYS if isinstance(one, ContactModel) else tuple(way for way in WAYS if way not in (SHOP_RATE, REGRESSION))


def _beside(context: Context, one: ContactModel, answers: Answers, way: str) -> list[Beside]:
    """What a way answered for those who were sent a message, fold by fold, beside one rate for everybody."""
    found = []
    for fold, own, flat in zip(context.plan.folds, answers[way], answers[SHOP_RATE], strict=True):
        rows = context.data.at(fold.cutoff)
        truth = one.outcome[rows]
        sent = ~np.isnan(truth)
        score, rate = own[one.name][sent], flat[one.name][sent]
        losses = (one.target.loss(truth[sent], given) for given in (score, rate))
        found.append(Beside(context.data.customers[rows][sent], truth[sent] > 0, score, *losses))
    return found
