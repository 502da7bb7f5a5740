"""All channel questions fitted together, each in a way of its own, on the inputs that any of them looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from scoring.release import Head, Model
from training.backtest.context import Context, model_of
from training.data.cutoffs import FoldPlan
from training.data.dataset import Dataset
from training.learners.boosting import usable
from training.learners.channels import contact, shares
from training.learners.channels.contact import SHOP_RATE, ContactModel
from training.learners.channels.contact_prior import shop_rates
from training.learners.channels.shares import FEWEST_ROWS, Question
from training.learners.model_kinds import GRADIENT_BOOSTING, REGRESSION, RULES, Heads
from training.tasks.channel_questions import ChannelQuestion

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Attempt:
    """All questions fitted in one way for one fold, or each in its best way for good."""

    model: Model
    heads: Heads
    data: Dataset


@dataclass(frozen=True)
class _Job:
    """What the questions are fitted on, and how.

    Attributes
    ----------
    rows : array (n,), bool     rows of `data` it may know
    ways : question → way
    selected : question → the inputs its trees may look at
    """

    data: Dataset
    rows: Mask
    ways: Mapping[str, str]
    selected: Mapping[str, set[str]]
    threads: int
    boosting: Mapping[str, float]


def backtest(context: Context, asked: Sequence[ChannelQuestion], ways: Sequence[str]) -> dict[str, list[Attempt]]:
    """Way → one fit a fold, all questions in that way; what trees look at is selected on the oldest fold's rows."""
    found: dict[str, list[Attempt]] = {way: [] for way in ways}
    selected: dict[str, dict[str, set[str]]] = {way: {} for way in ways}
    for number, fold in enumerate(context.plan.folds):
        context.progress("backtest of every way", number, len(context.plan.folds))
        with context.seconds.of("backtest"):
            data = with_shrunk(context, asked, fold)
            for way in ways:
                every = {one.name: way for one in asked}
                found[way].append(fit(context, asked, every, fold, selected[way], data))
    return found


def fit(
    context: Context,
    asked: Sequence[ChannelQuestion],
    ways: Mapping[str, str],
    fold: FoldPlan | None,
    selected: dict[str, set[str]],
    data: Dataset,
) -> Attempt:
    """Every question fitted in its way on what a fold may know, or on everything.

    Parameters
    ----------
    ways : question → way; the next simpler one where there is too little to boost
    selected : question → the inputs its trees may look at; questions that lack it get theirs
    data : as `with_shrunk` gives it for the same fold
    """
    rows, at = context.training_rows(fold), fold.cutoff if fold else context.until
    ways = {one.name: _way(context, one, ways[one.name], fold) for one in asked}
    allowed = usable(data.columns, context.history_days) | set(data.derived)
    for one in asked:
        if ways[one.name] == GRADIENT_BOOSTING and one.name not in selected:
            part = shares if isinstance(one, Question) else contact
            selected[one.name] = part.select_inputs(one, data, rows, allowed, context.threads)
    data = data.narrowed(set().union(*selected.values()) | _inputs(asked, data, ways))
    heads = _heads(asked, _Job(data, rows, ways, selected, context.threads, context.boosting))
    return Attempt(model_of(context, GRADIENT_BOOSTING if heads.boosters else RULES, data, heads, at), heads, data)


def may_boost(context: Context, one: ChannelQuestion, fold: FoldPlan | None) -> bool:
    """Whether a fold, or everything, has outcomes enough to boost."""
    rows = context.training_rows(fold)
    if isinstance(one, ContactModel):
        return one.may_boost(rows)
    return int((one.counts[rows].sum(axis=1) > 0).sum()) >= FEWEST_ROWS


def with_shrunk(context: Context, asked: Sequence[ChannelQuestion], fold: FoldPlan | None) -> Dataset:
    """The rows with every question's own past, shrunk as a fold may know it; the same for all ways."""
    rows, at = context.training_rows(fold), fold.cutoff if fold else context.until
    data, shop = context.data, shop_rates(context.data)
    derived: list[str] = []
    parameters: dict[datetime, dict[str, float]] = {}
    for one in asked:
        if isinstance(one, Question):
            found = shares.priors(one, data, rows, at)
        else:
            found = contact.priors(one, data, rows, at, shop)
        derived += one.derived
        for cutoff, own in found.items():
            parameters.setdefault(cutoff, {}).update(own)
    return data.also(tuple(derived), parameters)


def _way(context: Context, one: ChannelQuestion, way: str, fold: FoldPlan | None) -> str:
    """The way wished for, or the next simpler one where there is too little to boost."""
    return REGRESSION if way == GRADIENT_BOOSTING and not may_boost(context, one, fold) else way


def _inputs(asked: Sequence[ChannelQuestion], data: Dataset, ways: Mapping[str, str]) -> set[str]:
    """What shares, rules and regressions look at; one contact channel's rule looks at all the others too."""
    contacts = [one for one in asked if isinstance(one, ContactModel)]
    by_rule = any(ways[one.name] == RULES for one in contacts)
    names: set[str] = set()
    for one in asked:
        if isinstance(one, ContactModel) and ways[one.name] not in (SHOP_RATE, RULES):
            names |= set(one.inputs(data))
        if not isinstance(one, ContactModel) or by_rule:
            names |= set(one.derived)
    return names


def _heads(asked: Sequence[ChannelQuestion], job: _Job) -> Heads:
    """The heads of all questions, contact channels by one rule where any goes by it."""
    contacts = [one for one in asked if isinstance(one, ContactModel)]
    by_rule = any(job.ways[one.name] == RULES for one in contacts)
    rule = contact.rule_of(contacts, job.data, job.rows) if by_rule else None
    parts = [
        _shares(one, job) if isinstance(one, Question) else _contact(one, job, contact.ruled(one, contacts, rule))
        for one in asked
    ]
    boosters = {file: text for part in parts for file, text in part.boosters.items()}
    return Heads(tuple(head for part in parts for head in part.heads), boosters)


def _shares(one: Question, job: _Job) -> Heads:
    way, selected = job.ways[one.name], job.selected.get(one.name, set())
    return shares.fit_shares(one, way, job.data, job.rows, selected, job.threads, job.boosting)


def _contact(one: ContactModel, job: _Job, rule: Head) -> Heads:
    way, selected = job.ways[one.name], job.selected.get(one.name, set())
    return contact.fit_contact(one, way, job.data, job.rows, selected, job.threads, rule, job.boosting)
