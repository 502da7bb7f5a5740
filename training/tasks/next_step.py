"""Next step: which touch of a customer comes first within the horizon, through which channel, or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from scoring.derived.touch_chain import NONE, TASK
from scoring.release import Model
from training.backtest.context import Context, Learned, answers_of, model_of
from training.backtest.replay import evaluated, judged_fold
from training.data.cutoffs import FoldPlan
from training.data.dataset import Dataset
from training.data.next_touch import as_steps, first_touches, steps_of
from training.evaluation.folds import Fold
from training.evaluation.metrics.registry import NEXT_STEP as METRICS
from training.learners.boosting import usable
from training.learners.channels import shares
from training.learners.channels.shares import Question
from training.learners.channels.touch_chain import TouchChain, fit_chain, told_apart
from training.learners.model_kinds import GRADIENT_BOOSTING, OUTCOMES_TO_BOOST, Heads
from training.task import Task, TaskError
from training.tasks.what_serves import best_that_passes

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CHAIN = "markov_chain"
ROUNDS = 40
_MOST_ROWS = 40_000  # drawn at random for trees: few classes need no more
_FEWEST_TOUCHES = 100


@dataclass(frozen=True)
class StepFit:
    """One kind of model fitted for one fold, or for good, with the chain it starts from."""

    model: Model
    heads: Heads
    data: Dataset
    chain: TouchChain


def learn(context: Context) -> Learned:
    """Fit the chain and trees on top of it over the folds; the better one that passes the gate serves.

    Raises
    ------
    TaskError   if the shop gives no touchpoints, or too few customers were touched
    """
    asked = _asked(context)
    closed = _closed(context, asked)
    selected: set[str] = set()
    trials = {
        kind: _attempts(context, asked, kind, selected) for kind in (CHAIN, GRADIENT_BOOSTING) if kind not in closed
    }
    with context.seconds.of("evaluation"):
        folds = {kind: _judged(context, asked, found) for kind, found in trials.items()}
        losses = {kind: _mean_loss(found) for kind, found in folds.items() if found}

        def learnt(kind: str) -> Learned:
            with context.seconds.of("fitting"):
                context.progress(f"fitting next_step on all cutoffs ({kind.replace('_', ' ')})")
                final = _attempt(context, asked, kind, None, selected)
            evaluation = evaluated(context, folds[kind], final.model, losses, closed)
            return Learned(final.model, final.heads.boosters, evaluation)

        ranked = sorted(trials, key=lambda kind: losses.get(kind, 0.0))
        return best_that_passes(
            context.task, [(kind, partial(learnt, kind)) for kind in ranked], (CHAIN, partial(learnt, CHAIN))
        )


def _asked(context: Context) -> Question:
    """The steps that are told apart, with which one was taken after each row's cutoff."""
    shop = context.shop
    if not shop.has("touchpoints"):
        raise TaskError(
            f"next_step needs touchpoints (visits, events, sessions); '{shop.name}' gives none. "
            "Add the table to shop.toml to open the question."
        )
    with context.seconds.of("touches"):
        first = first_touches(shop, context.data.spine, context.horizon_days, context.until, engine=context.engine)
    touched = int((first != NONE).sum())
    if touched < _FEWEST_TOUCHES or not all(told_apart(context.data.columns)):
        raise TaskError(
            f"next_step needs {_FEWEST_TOUCHES} rows (a customer at a cutoff) followed by a touch within the horizon; "
            f"'{shop.name}' has {touched}. Check that touchpoints carry a customer_id, or wait for more."
        )
    steps = steps_of(first)
    return Question(TASK, steps, {}, {}, as_steps(first, steps))


def _closed(context: Context, asked: Question) -> dict[str, str]:
    """Trees are not open where too few outcomes could teach them, rows that share one counted once."""
    kept = float(asked.counts[:, :-1].sum()), float(asked.counts[:, -1].sum())
    touched, silent = (int(count / context.overlap(None)) for count in kept)
    if min(touched, silent) >= OUTCOMES_TO_BOOST:
        return {}
    return {
        GRADIENT_BOOSTING: f"there are {touched} outcomes with a touch and {silent} without; "
        f"{OUTCOMES_TO_BOOST} of each are needed"
    }


def _attempts(context: Context, asked: Question, kind: str, selected: set[str]) -> list[StepFit]:
    found = []
    for number, fold in enumerate(context.plan.folds):
        context.progress(f"backtest of {kind.replace('_', ' ')}", number, len(context.plan.folds))
        with context.seconds.of("backtest"):
            found.append(_attempt(context, asked, kind, fold, selected))
    return found


def _attempt(context: Context, asked: Question, kind: str, fold: FoldPlan | None, selected: set[str]) -> StepFit:
    """The chain of the rows a fold learns from, and trees on it; the oldest fold chooses the trees' inputs."""
    rows, at = context.training_rows(fold), fold.cutoff if fold else context.until
    chain = fit_chain(context.data, rows, asked.counts)
    parameters = chain.parameters(asked.kinds)
    data = context.data.also(asked.derived, dict.fromkeys([*context.data.spine.cutoffs, at], parameters))
    if kind == GRADIENT_BOOSTING:
        rows = _drawn(rows)
        if not selected:
            allowed = usable(data.columns, context.history_days) | set(data.derived)
            selected |= shares.select_inputs(asked, data, rows, allowed, context.threads, ROUNDS)
    names = {*asked.derived, *(selected if kind == GRADIENT_BOOSTING else ())}
    data = data.narrowed(names)
    heads = shares.fit_shares(asked, kind, data, rows, selected, context.threads, context.boosting, ROUNDS)
    return StepFit(model_of(context, kind, data, heads, at), heads, data, chain)


def _drawn(rows: Mask) -> Mask:
    places = np.flatnonzero(rows)
    kept = np.random.default_rng(0).permutation(places)[:_MOST_ROWS]
    mask: Mask = np.zeros(len(rows), dtype=bool)
    mask[kept] = True
    return mask


def _judged(context: Context, asked: Question, attempts: list[StepFit]) -> list[Fold]:
    return [_fold(context, asked, *pair) for pair in zip(context.plan.folds, attempts, strict=True)]


def _fold(context: Context, asked: Question, fold: FoldPlan, attempt: StepFit) -> Fold:
    """A fold beside the chain alone and how often each step comes at all, both of the rows it learnt from."""
    rows = context.data.at(fold.cutoff)
    truth: Mapping[str, Array] = {TASK: asked.counts[rows]}
    answers = answers_of(context, attempt.model, attempt.data, rows)
    chances = np.stack([attempt.data.column(name)[rows] for name in asked.derived], axis=1)
    everybody = np.broadcast_to(attempt.chain.marginal, chances.shape)
    baselines = {
        CHAIN: dict(zip(asked.answers, chances.T, strict=True)),
        "shop_shares": dict(zip(asked.answers, np.ascontiguousarray(everybody.T), strict=True)),
    }
    return judged_fold(context, fold, truth, answers, baselines, METRICS)


def _mean_loss(folds: list[Fold]) -> float:
    return float(np.mean([fold.metrics[METRICS[0].name] for fold in folds]))


NEXT_STEP = Task(
    name=TASK,
    question="Which touch of the customer comes first within the horizon, and through which channel, if any?",
    not_for="Deciding about a person's credit, price or access to service; telling what causes an order.",
    answers=(f"{TASK}_",),
    main_metric=METRICS[0].name,
    metrics=METRICS,
    learn=learn,
)
