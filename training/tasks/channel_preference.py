"""Channel preference: promotion, purchase and contact, each present where the shop's tables can tell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.clocks import parse_date
from training.backtest.channel_choice import judge_choice
from training.backtest.context import Context, Learned, answers_of
from training.backtest.groups import customer_groups
from training.backtest.replay import evaluated, judged_fold
from training.data.cutoffs import FoldPlan
from training.evaluation.figures import differences, summary
from training.evaluation.folds import Evaluation, Fold, Tried
from training.evaluation.metrics.functions import row_losses
from training.evaluation.metrics.registry import CHANNEL_PREFERENCE as METRICS
from training.evaluation.metrics.registry import contact_by_channel
from training.evaluation.segments import SegmentChannels, by_segment
from training.learners.channels.contact import ContactModel
from training.learners.channels.shares import Question
from training.learners.model_kinds import GRADIENT_BOOSTING
from training.review.gate import evidence_checks
from training.task import Task
from training.tasks import channel_fits, channel_ways
from training.tasks.channel_fits import Attempt
from training.tasks.channel_questions import ChannelQuestion, baseline_answers, questions

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def learn(context: Context) -> Learned:
    """Fit every question in each way over the folds, keep each question's best one, fit it on everything."""
    asked = questions(context)
    attempts = channel_fits.backtest(context, asked, channel_ways.WAYS)
    answers = {way: _answers(context, found) for way, found in attempts.items()}
    losses = {way: _losses(context, asked, found) for way, found in answers.items()}
    with context.seconds.of("evaluation"):
        ranking = {one.name: channel_ways.ranking_ways(context, one, answers) for one in asked}
        best, unproven, tried = _settled(context, asked, losses, ranking, attempts)
    with context.seconds.of("fitting"):
        context.progress("fitting channel_preference on all cutoffs")
        final = channel_fits.fit(context, asked, best, None, {}, channel_fits.with_shrunk(context, asked, None))
    with context.seconds.of("evaluation"):
        judged = _judged(context, asked, best, attempts)
        means = {way: float(np.mean(list(found.values()))) for way, found in losses.items() if context.plan.folds}
        evaluation = by_channel(evaluated(context, judged, final.model, means, _closed(context, asked)))
        evaluation = _with_choice(context, asked, evaluation)
        evaluation = replace(evaluation, segments=_segments(context, judged), tried=tried)
    return Learned(replace(final.model, unproven=unproven), final.heads.boosters, evaluation)


def _settled(
    context: Context,
    asked: Sequence[ChannelQuestion],
    losses: channel_ways.Losses,
    ranking: Mapping[str, Collection[str]],
    attempts: Mapping[str, Sequence[Attempt]],
) -> tuple[dict[str, str], tuple[str, ...], tuple[Tried, ...]]:
    """Every question's best way that passes the gate; the questions for which none does keep to the rules.

    Parameters
    ----------
    ranking : question → the ways that rank people at no loss beside one rate for everybody

    Returns
    -------
    best : question → way
    unproven : questions that nothing passed
    tried : the ways held against the gate, with what they failed
    """
    if not context.plan.folds:
        return {one.name: channel_ways.plain_ways(one)[0] for one in asked}, tuple(one.name for one in asked), ()
    open_ways = {one.name: channel_ways.in_order(one, losses, ranking[one.name]) for one in asked}
    best = {name: left.pop(0) for name, left in open_ways.items()}
    unproven: set[str] = set()
    tried: list[Tried] = []
    while failed := _failed(context, asked, best, attempts) if len(unproven) < len(asked) else {}:
        tried += [Tried(f"{best[name]}, {name}", checks) for name, checks in failed.items() if name not in unproven]
        left = {name for name in failed if name not in unproven}
        if not left:
            break
        for name in left:
            if open_ways[name]:
                best[name] = open_ways[name].pop(0)
            else:
                best[name] = next(
                    channel_ways.plainest(one, losses, ranking[name]) for one in asked if one.name == name
                )
                unproven.add(name)
    return best, tuple(one.name for one in asked if one.name in unproven), tuple(tried)


def _failed(
    context: Context,
    asked: Sequence[ChannelQuestion],
    best: Mapping[str, str],
    attempts: Mapping[str, Sequence[Attempt]],
) -> dict[str, tuple[str, ...]]:
    """Question → the checks it fails, answered in these ways."""
    model = next(iter(attempts.values()))[-1].model
    evaluation = by_channel(evaluated(context, _judged(context, asked, best, attempts), model, {}, {}))
    failed = [check for check in evidence_checks(evaluation, model, context.task) if not check.passed]
    found = {
        one.name: tuple(check.name for check in failed if f"{check.about}_".startswith(f"{one.name}_")) for one in asked
    }
    return {name: names for name, names in found.items() if names}


def by_channel(evaluation: Evaluation) -> Evaluation:
    """The same with each contact channel's own loss beside the baselines': one head each."""
    folds = evaluation.folds
    names = [name for name in (folds[0].truth if folds else {}) if name.startswith("contact_")]
    own = contact_by_channel(name.removeprefix("contact_") for name in names)
    if not own:
        return evaluation
    beside = {name: summary(folds, partial(_baseline, name), own) for name in folds[0].baselines}
    gaps = differences(folds, own)
    return replace(
        evaluation,
        metrics={**evaluation.metrics, **summary(folds, lambda fold: fold.answers, own)},
        baseline_metrics={name: {**found, **beside[name]} for name, found in evaluation.baseline_metrics.items()},
        differences={name: {**found, **gaps[name]} for name, found in evaluation.differences.items()},
    )


def _baseline(name: str, fold: Fold) -> Mapping[str, Array] | None:
    return fold.baselines.get(name)


def _answers(context: Context, attempts: Sequence[Attempt]) -> list[dict[str, Array]]:
    """What each fold's model answers on the fold's rows."""
    return [
        answers_of(context, attempt.model, attempt.data, context.data.at(fold.cutoff))
        for fold, attempt in zip(context.plan.folds, attempts, strict=True)
    ]


def _losses(
    context: Context, asked: Sequence[ChannelQuestion], answers: Sequence[Mapping[str, Array]]
) -> dict[str, float]:
    """Question → mean log loss over the folds."""
    by_fold: dict[str, list[float]] = {one.name: [0.0] for one in asked} if not answers else {}
    for fold, given in zip(context.plan.folds, answers, strict=True):
        for one in asked:
            by_fold.setdefault(one.name, []).append(_loss(one, context.data.at(fold.cutoff), given))
    return {name: float(np.nanmean(values)) for name, values in by_fold.items()}


def _loss(one: ChannelQuestion, rows: Mask, answers: Mapping[str, Array]) -> float:
    if isinstance(one, Question):
        predicted = np.stack([answers[name] for name in one.answers], axis=1)
        losses = row_losses(one.counts[rows], predicted)
    else:
        truth = one.outcome[rows]
        sent = ~np.isnan(truth)
        losses = one.target.loss(truth[sent], answers[one.name][sent])
    return float(losses.mean()) if len(losses) else 0.0


def _judged(
    context: Context,
    asked: Sequence[ChannelQuestion],
    best: Mapping[str, str],
    attempts: Mapping[str, Sequence[Attempt]],
) -> list[Fold]:
    """The folds, each question answered in its best way."""
    judged = []
    for number, fold in enumerate(context.plan.folds):
        rows = context.data.at(fold.cutoff)
        answers: dict[str, Array] = {}
        for way in dict.fromkeys(best.values()):
            given = answers_of(context, attempts[way][number].model, attempts[way][number].data, rows)
            answers |= {name: given[name] for one in asked if best[one.name] == way for name in one.answers}
        judged.append(_fold(context, asked, fold, {name: answers[name] for one in asked for name in one.answers}))
    return judged


def _fold(context: Context, asked: Sequence[ChannelQuestion], fold: FoldPlan, answers: Mapping[str, Array]) -> Fold:
    rows = context.data.at(fold.cutoff)
    truth = {one.name: one.outcome[rows] for one in asked}
    learnt = {one.name: one.counts[context.training_rows(fold)] for one in asked}
    baselines = baseline_answers(asked, context.data, rows, learnt)
    return judged_fold(context, fold, truth, answers, baselines, METRICS)


def _segments(context: Context, folds: Sequence[Fold]) -> tuple[SegmentChannels, ...]:
    """Which channel serves which segment at the newest fold; none without a backtest."""
    if not folds:
        return ()
    groups = customer_groups(context, parse_date(folds[-1].cutoff))
    return tuple(by_segment(folds[-1].answers, groups))


def _with_choice(context: Context, asked: Sequence[ChannelQuestion], evaluation: Evaluation) -> Evaluation:
    """Add what the model's choice of channel is worth beside the rules of a shop, where sends were drawn by lot."""
    answers = {parse_date(fold.cutoff): fold.answers for fold in evaluation.folds}
    judged = judge_choice(context, [one for one in asked if isinstance(one, ContactModel)], context.data, answers)
    if judged is None:
        return evaluation
    own, rules, gaps = judged.figures()
    return replace(
        evaluation,
        metrics={**evaluation.metrics, **own},
        baseline_metrics={**evaluation.baseline_metrics, **rules},
        differences={**evaluation.differences, **gaps},
        choice=judged,
    )


def _closed(context: Context, asked: Sequence[ChannelQuestion]) -> dict[str, str]:
    too_few = [one.name for one in asked if not channel_fits.may_boost(context, one, None)]
    if not too_few:
        return {}
    return {GRADIENT_BOOSTING: f"too few occurrences to move {', '.join(too_few)} beyond own past and the shop's mean"}


CHANNEL_PREFERENCE = Task(
    name="channel_preference",
    question="Through which promotion, sales channel and contact channel does the customer act next?",
    not_for="Contacting anyone without consent; preference is no permission.",
    answers=("promotion_", "purchase_", "contact_"),
    main_metric="promotion_log_loss",
    metrics=METRICS,
    learn=learn,
)
