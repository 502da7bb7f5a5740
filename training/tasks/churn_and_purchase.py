"""Churn and next purchase: every open kind runs the rolling-origin folds, which choose what becomes the model."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.backtest.context import Context, FoldFit, Learned, model_of, uncalibrated
from training.backtest.leak_checks import permuted_guarded, single_columns_guarded
from training.backtest.replay import evaluated, replay
from training.backtest.rounds import CHOICES, best_rounds, shortened
from training.data.cutoffs import WEEK, FoldPlan
from training.evaluation.folds import Evaluation
from training.learners.boosting import usable
from training.learners.broad_boosting import BROAD_BOOSTING
from training.learners.model_kinds import (
    BUY_TILL_YOU_DIE,
    GRADIENT_BOOSTING,
    RULES,
    Learner,
    open_kinds,
    select_inputs,
)
from training.learners.simple_kinds import SERVABLE, heads_of, inputs_of
from training.learners.target import Target
from training.tasks.what_serves import best_that_passes

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FOLDS_TO_BOOST = 2
_BOOSTED = (GRADIENT_BOOSTING, BROAD_BOOSTING)


@dataclass
class Choices:
    """What the folds settle for boosting: inputs and number of trees, by answer."""

    selected: dict[str, set[str]] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)


def learn(context: Context) -> Learned:
    """Fit every open kind on the folds, choose one, calibrate it on what the folds predicted, fit it on everything."""
    targets = context.task.targets
    with context.seconds.of("leak checks"):
        context.progress("looking for columns that hold the outcome")
        leaks = single_columns_guarded(context)
    status = closed_kinds(context)
    tried = {model_kind: _trials(context, model_kind, targets) for model_kind, missing in status.items() if not missing}
    by_fold = {model_kind: _losses(context, trials) for model_kind, (trials, _) in tried.items() if trials}
    losses = {model_kind: float(np.mean([one.mean() for one in folds])) for model_kind, folds in by_fold.items()}
    closed = {name: missing for name, missing in status.items() if missing}

    def judged(model_kind: str) -> Learned:
        trials, rounds = tried[model_kind] if model_kind in tried else _trials(context, model_kind, targets)
        found = _learned(context, model_kind, trials, rounds, losses, closed)
        with context.seconds.of("leak checks"):
            guarded = permuted_guarded(context, leaks, model_kind, targets[0], trials)
        return replace(found, evaluation=replace(found.evaluation, leaks=guarded))

    if not by_fold:
        untried = _untried(tried)
        return best_that_passes(context.task, [], (untried, partial(judged, untried)))
    first = _chosen(context, by_fold)
    found = judged(first)
    order = [*_better_baselines(context, found.evaluation), first, *sorted(losses, key=lambda one: losses[one])]
    known = {first: lambda: found}
    ways = [(kind, known.get(kind, partial(judged, kind))) for kind in dict.fromkeys(order)]
    return best_that_passes(context.task, ways, (RULES, partial(judged, RULES)))


def _learned(
    context: Context,
    model_kind: str,
    trials: Sequence[FoldFit],
    rounds: Mapping[str, int],
    losses: Mapping[str, float],
    closed: Mapping[str, str],
) -> Learned:
    """A kind fitted on everything and judged on the folds."""
    targets = context.task.targets
    with context.seconds.of("fitting"):
        context.progress(f"fitting {context.task.name} on all cutoffs")
        final = trial_of(context, model_kind, targets, None, Choices(rounds=dict(rounds)))
    with context.seconds.of("evaluation"):
        context.progress("judging on cutoffs it has not seen")
        judged, model = replay(context, model_kind, targets, trials, final)
        return Learned(model, final.heads.boosters, evaluated(context, judged, model, losses, closed))


def _better_baselines(context: Context, evaluation: Evaluation) -> list[str]:
    """The baselines that did better than the model in its own table and may serve, the best first."""
    main = context.task.main_metric
    found = {
        name: evaluation.baseline_metrics[name].get(main, np.inf)
        for name in SERVABLE
        if name in evaluation.baseline_metrics
    }
    return sorted(
        (name for name, loss in found.items() if loss < evaluation.metrics[main]), key=lambda name: found[name]
    )


def _untried(open_to: Collection[str]) -> str:
    """The kind to take where no fold can tell: what is known of customers everywhere, before what few of them did."""
    return BUY_TILL_YOU_DIE if BUY_TILL_YOU_DIE in open_to else RULES


def _chosen(context: Context, by_fold: Mapping[str, Sequence[Array]]) -> str:
    """The better of the small kinds; the better boosted one, if over two folds or more it is better than that by more
    than a standard error.

    One fold has one period's luck, and boosting chose its number of trees by it.
    """
    means = {model_kind: float(np.mean([one.mean() for one in folds])) for model_kind, folds in by_fold.items()}
    small = min((model_kind for model_kind in means if model_kind not in _BOOSTED), key=lambda one: means[one])
    open_boosted = [model_kind for model_kind in _BOOSTED if model_kind in means]
    if not open_boosted or len(context.plan.folds) < _FOLDS_TO_BOOST:
        return small
    best = min(open_boosted, key=lambda one: means[one])
    gaps = [boosted - other for boosted, other in zip(by_fold[best], by_fold[small], strict=True)]
    return best if means[best] - means[small] < -_standard_error(context, gaps) else small


def _standard_error(context: Context, gaps: Sequence[Array]) -> float:
    """Of the mean of the folds' means; a customer's rows in several folds belong together."""
    customers = [context.data.customers[context.data.at(fold.cutoff)] for fold in context.plan.folds]
    _, place = np.unique(np.concatenate(customers), return_inverse=True)
    shares = np.concatenate([(gap - gap.mean()) / (len(gap) * len(gaps)) for gap in gaps])
    return float(np.sqrt((np.bincount(place, weights=shares) ** 2).sum()))


def closed_kinds(context: Context) -> dict[str, str]:
    """Every kind of model, with what is missing for it; outcomes are counted at cutoffs one horizon apart."""
    weeks = max(1, round(context.horizon_days / WEEK))
    once = context.data.at(*context.plan.training[::-1][::weeks])
    found = open_kinds(context.labels_at(once), context.task.targets[0])
    return {**found, BROAD_BOOSTING: found[GRADIENT_BOOSTING]}


def _trials(context: Context, model_kind: str, targets: Sequence[Target]) -> tuple[list[FoldFit], dict[str, int]]:
    """One trial a fold, and the number of trees that is best over all of them.

    Inputs are selected on the oldest fold's rows, which every later fold may know.
    """
    found: list[FoldFit] = []
    folds = context.plan.folds
    boosted = model_kind == GRADIENT_BOOSTING
    choices = Choices(rounds=dict.fromkeys((target.answer for target in targets), CHOICES[-1]) if boosted else {})
    for number, fold in enumerate(folds):
        context.progress(f"backtest of {model_kind.replace('_', ' ')}", number, len(folds))
        with context.seconds.of("backtest"):
            found.append(trial_of(context, model_kind, targets, fold, choices))
    if not boosted or not folds:
        return found, {}
    with context.seconds.of("backtest"):
        rounds = best_rounds(context, targets, found)
        return [shortened(context, trial, fold, rounds) for fold, trial in zip(folds, found, strict=True)], rounds


def trial_of(
    context: Context, model_kind: str, targets: Sequence[Target], fold: FoldPlan | None, choices: Choices
) -> FoldFit:
    """One kind fitted on what a fold may know, or on everything; boosting's inputs are selected at the first call."""
    rows = context.training_rows(fold)
    at = fold.cutoff if fold else context.until
    if model_kind == GRADIENT_BOOSTING and not choices.selected:
        choices.selected = _selected(context, targets, rows, fold)
    names = set().union(inputs_of(model_kind, targets, context.pace, _comparable(context)), *choices.selected.values())
    data = context.data.narrowed(names)
    learner = Learner(
        data.names,
        data.inputs[rows],
        context.labels_at(rows),
        context.pace,
        choices.selected,
        choices.rounds,
        context.threads,
        context.overlap(fold),
        context.boosting,
        context.levels(fold, [target.answer for target in targets]),
        context.grown.setdefault(at, {}) if model_kind == BROAD_BOOSTING else {},
    )
    heads = heads_of(model_kind, targets, learner)
    model = model_of(context, model_kind, data, heads, at)
    scores = uncalibrated(context, model, data, data.at(fold.cutoff)) if fold else {}
    return FoldFit(data, heads, model, scores)


def _selected(context: Context, targets: Sequence[Target], rows: Mask, fold: FoldPlan | None) -> dict[str, set[str]]:
    data = context.data
    learner = Learner(
        data.names,
        data.inputs[rows],
        context.labels_at(rows),
        context.pace,
        threads=context.threads,
        overlap=context.overlap(fold),
        levels=context.levels(fold, [target.answer for target in targets]),
    )
    return select_inputs(targets, learner, _comparable(context))


def _comparable(context: Context) -> set[str]:
    """The inputs that mean the same at every training cutoff."""
    return usable(context.data.columns, context.history_days) | set(context.data.derived)


def _losses(context: Context, trials: Sequence[FoldFit]) -> list[Array]:
    """The main answer's loss before calibration: an array a fold, over its rows."""
    target = context.task.main or context.task.targets[0]
    losses = []
    for fold, trial in zip(context.plan.folds, trials, strict=True):
        truth = target.truth(context.labels_at(context.data.at(fold.cutoff)))
        score = trial.scores[target.answer]
        losses.append(target.loss(truth, expit(score) if target.link == "logit" else np.exp(score)))
    return losses
