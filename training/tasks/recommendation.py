"""Recommendation: which products a customer buys next, judged over time, then learnt for good."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np

from features.clocks import add_days
from scoring.products.columns import PAIRS
from scoring.release import Model
from training.backtest.context import Context, Learned
from training.backtest.product_lists import judge
from training.data.persons import with_persons
from training.data.product_windows import Array, Scope, window_at
from training.evaluation.figures import differences, summary
from training.evaluation.folds import Evaluation, Fold
from training.evaluation.metrics.registry import RECOMMENDATION as METRICS
from training.learners.products.ranking import FEWEST, fit_ranking
from training.task import Task, TaskError
from training.tasks.what_serves import best_that_passes

JUDGED, LEARNT = 2, 3  # cutoffs: judged in the backtest; learnt from by each fit


def learn(context: Context) -> Learned:
    """Judge on the newest cutoffs with models trained one horizon earlier, then fit on the newest for good.

    Raises
    ------
    TaskError   if the shop has no order lines, or too little was bought again
    """
    if not context.shop.has("order_lines"):
        raise TaskError(f"recommendation needs order_lines; '{context.shop.name}' has none. Add them to shop.toml.")
    scope = Scope(
        context.shop,
        context.until,
        context.horizon_days,
        context.active_within_days,
        context.data_from,
        context.engine,
        context.threads,
        context.boosting,
    )
    newest = _apart(context, context.plan.training)[-LEARNT:]
    judged = [fold.cutoff for fold in context.plan.folds][-JUDGED:]
    learnt = {cutoff: _apart(context, context.plan.before(cutoff))[-LEARNT:] for cutoff in judged}
    wanted = sorted({*newest, *judged, *(one for cutoffs in learnt.values() for one in cutoffs)})
    with context.seconds.of("candidates"), with_persons(context.shop, wanted[0], context.engine) as shop:
        windows = {}
        for number, cutoff in enumerate(wanted):
            context.progress("gathering products to recommend", number, len(wanted))
            windows[cutoff] = window_at(replace(scope, shop=shop), cutoff)
    if sum(len(one.who) for one in windows.values()) < FEWEST:
        raise TaskError(
            f"recommendation needs {FEWEST} products bought after its cutoffs, '{context.shop.name}' has fewer. "
            "Until then own products by frequency and popular ones stand in."
        )
    folds = []
    for number, cutoff in enumerate(cutoff for cutoff in judged if learnt[cutoff]):
        context.progress("backtest of recommendation", number, len(judged))
        with context.seconds.of("backtest"):
            model, _ = fit_ranking(scope, [windows[one] for one in learnt[cutoff]])
        with context.seconds.of("evaluation"):
            folds.append(judge(windows[cutoff], model, trained_to=learnt[cutoff][-1], threads=context.threads))
    context.progress("fitting recommendation on the newest cutoffs")
    with context.seconds.of("fitting"):
        model, boosters = fit_ranking(scope, [windows[one] for one in newest])
    with context.seconds.of("evaluation"):
        found = model.model_kind, lambda: Learned(model, boosters, evaluation(folds, model))
        return best_that_passes(context.task, [found], found)


def evaluation(folds: Sequence[Fold], model: Model) -> Evaluation:
    """The folds' figures beside each baseline's."""
    own = summary(folds, lambda fold: fold.answers, METRICS)
    names = tuple(folds[0].baselines) if folds else ()
    return Evaluation(
        metrics={metric.name: own[metric.name] for metric in METRICS if metric.name in own},
        baseline_metrics={name: summary(folds, partial(_baseline, name), METRICS) for name in names},
        differences=differences(folds, METRICS),
        folds=tuple(folds),
        importance=_importance(model),
        slices=(),
        model_kinds={},
        closed={},
    )


def _baseline(name: str, fold: Fold) -> Mapping[str, Array] | None:
    return fold.baselines.get(name)


def _importance(model: Model) -> dict[str, float]:
    """An input's share of the gain of both boosters."""
    gain = np.zeros(len(PAIRS))
    for booster in model.boosters.values():
        own = booster.feature_importance("gain")
        gain += own / max(own.sum(), 1e-12) / len(model.boosters)
    return {PAIRS[i]: float(gain[i]) for i in np.argsort(-gain, kind="stable") if gain[i] > 0}


def _apart(context: Context, cutoffs: Sequence[datetime]) -> list[datetime]:
    """Cutoffs whose horizons do not overlap, counted back from the newest."""
    found: list[datetime] = []
    for cutoff in reversed(cutoffs):
        if not found or add_days(cutoff, context.horizon_days) <= found[-1]:
            found.append(cutoff)
    return found[::-1]


RECOMMENDATION = Task(
    name="recommendation",
    question="Which products does the customer buy within the horizon: again, and for the first time?",
    not_for="Deciding what a person may buy or pays; telling others what a customer bought.",
    answers=("recommend_",),
    main_metric="recommend_ndcg",
    metrics=METRICS,
    learn=learn,
    also_better=("discovery_ndcg",),
    per_customer=False,
)
