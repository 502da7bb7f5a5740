"""Uplift: what each action changes for a customer, in money and in the probability of an order, and whether data tell.

Learnt over decision moments, judged over time by what choosing by it was worth. It serves as far as the evidence goes:
effects that differ, else the mean of each action, else no effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from features.clocks import add_days
from scoring.uplift_names import LIKELY, MARGIN, ORDER, TASK
from training.backtest.context import Context, Learned, model_of
from training.backtest.uplift_policies import MEAN, NOBODY, OURS, judge
from training.data.decision_moments import NOTHING, Moments, moments_of
from training.evaluation.figures import differences, summary
from training.evaluation.folds import Evaluation, Fold
from training.evaluation.metrics.registry import UPLIFT as METRICS
from training.learners.model_kinds import Heads
from training.learners.uplift import choice
from training.learners.uplift.heads import likely, served
from training.learners.uplift.learners import LEVEL
from training.learners.uplift.steadied import steadied
from training.learners.uplift.trial import LEAST_ROWS, Array, Trial
from training.task import Task, TaskError
from training.tasks.uplift_trial import trial_of
from training.tasks.what_serves import best_that_passes

_FOLDS = 4
# What effects are looked for by: few, for an effect is far less than an outcome's noise. Those a shop can fill.
INPUTS = (
    *("days_since_order", "days_since_first_order", "gap_median_365d", "overdue_ratio_365d", "orders_90d"),
    *("orders_365d", "spend_90d", "spend_365d", "shopping_days_365d", "discount_share_365d", "coupon_share_365d"),
    *("online_share_365d", "returns_365d", "messages_30d", "sends_since_response", "open_rate_365d"),
    *("click_rate_365d", "touches_30d", "days_since_touch", "cart_additions_30d", "abandonments_90d", "cases_90d"),
    "points",
)
_VERDICTS = MappingProxyType({OURS: choice.VARIES, MEAN: choice.MEAN, NOBODY: choice.NONE})
_SAID = MappingProxyType({
    choice.VARIES: "Effects differ between customers.",
    choice.MEAN: "A mean effect: it is not seen to differ between customers, so all are told the same.",
    choice.NONE: "No effect stands out of the noise: every effect is taken to be 0.",
})  # fmt: skip
_NOT_WORTH = (
    "An effect was measured, but choosing by it was not seen to be worth more than doing nothing at later moments: "
    "until it is, every effect is taken to be 0."
)


@dataclass(frozen=True)
class _Told:
    """Moments as a trial: in money, and with whether each ordered; actions left out because few could be dealt them."""

    moments: Moments
    trial: Trial
    ordered: Array
    narrow: Mapping[str, float] = field(default_factory=dict)

    @property
    def estimated(self) -> int:
        """Moments of which nobody logged the probability of what was dealt."""
        return int(np.isnan(self.moments.propensity).sum())

    def steadied(self, threads: int) -> Trial:
        """The trial to learn from: money with less noise. What was learnt is judged by money as it was."""
        return steadied(self.trial, self.moments.orders, threads)

    def take(self, rows: NDArray[np.bool_]) -> "_Told":
        return replace(self, moments=self.moments.take(rows), trial=self.trial.take(rows), ordered=self.ordered[rows])


def learn(context: Context) -> Learned:
    """Judge on later moments, then learn from all.

    Raises
    ------
    TaskError   if nobody says the margin, no send was withheld, or too few were
    """
    told = _told(context)
    with context.seconds.of("backtest"):
        folds = _folds(context, told)
    context.progress("fitting uplift on all moments")
    with context.seconds.of("fitting"):
        money = choice.fit(told.steadied(context.threads), context.threads)
        chance = choice.fit(replace(told.trial, outcome=told.ordered, cost=0 * told.trial.cost), context.threads)
    kinds = {choice.VARIES: [OURS, MEAN, NOBODY], choice.MEAN: [MEAN, NOBODY], choice.NONE: [NOBODY]}[money.verdict]
    learnt = {kind: partial(_learned, context, told, money, chance, folds, kind) for kind in kinds}
    with context.seconds.of("evaluation"):
        return best_that_passes(context.task, [(kind, learnt[kind]) for kind in kinds], (NOBODY, learnt[NOBODY]))


def _told(context: Context) -> _Told:
    shop = context.shop
    if shop.settings.margin is None:
        raise TaskError(f"uplift is told in margin, and '{shop.name}' has none. Say it under [business] in shop.toml.")
    if not any(shop.has(one) and "arm" in shop.present[one] for one in ("messages", "decisions")):
        raise TaskError(
            f"uplift needs decisions with an arm, or messages with one, those withheld on purpose among them (arm = "
            f"'{NOTHING}'); '{shop.name}' has neither. Decide with a holdout or exploration (perennial decide), or "
            "withhold some sends by lot, and send their rows."
        )
    with context.seconds.of("moments"):
        moments = moments_of(shop, context.data.spine, context.until, context.horizon_days, context.engine)
    moments, trial, left_out = trial_of(moments, _inputs(context), shop.settings.margin, shop.name)
    return _Told(moments, trial, moments.ordered, left_out)


def _inputs(context: Context) -> NDArray[np.float32]:
    return np.ascontiguousarray(context.data.narrowed(_named(context)).features)


def _named(context: Context) -> list[str]:
    known = {column.name for column in context.data.columns}
    return [name for name in INPUTS if name in known]


def _folds(context: Context, told: _Told) -> list[Fold]:
    """The newest folds that hold every arm before the cutoff, and enough moments after it."""
    found: list[Fold] = []
    days = told.moments.day
    for plan in context.plan.folds[::-1]:
        before = days <= np.datetime64(add_days(plan.cutoff, -context.plan.gap_days))
        after = (days >= np.datetime64(plan.cutoff)) & (
            days < np.datetime64(add_days(plan.cutoff, context.horizon_days))
        )
        learnt, asked = told.take(before), told.take(after)
        if len(found) == _FOLDS or not _holds(learnt) or len(asked.trial) < LEAST_ROWS:
            continue
        context.progress("backtest of uplift", len(found), _FOLDS)
        model = choice.fit(learnt.steadied(context.threads), context.threads)
        found.append(
            judge(
                model,
                learnt.trial,
                asked.trial,
                learnt.ordered,
                cutoff=f"{plan.cutoff:%Y-%m-%d}",
                trained_to=str(learnt.moments.day.max().astype("datetime64[D]")),
                threads=context.threads,
            )
        )
    return found[::-1]


def _holds(told: _Told) -> bool:
    return len(told.trial) > 0 and np.bincount(told.trial.action, minlength=told.trial.arms).min() >= LEAST_ROWS


def _learned(
    context: Context, told: _Told, money: choice.UpliftModel, chance: choice.UpliftModel, folds: Sequence[Fold],
    kind: str,
) -> Learned:  # fmt: skip
    verdict, actions = _VERDICTS[kind], told.trial.names[1:]
    ordering = choice.NONE if verdict == choice.NONE else chance.verdict
    made = served(money, verdict, MARGIN, actions).also(served(chance, ordering, ORDER, actions))
    made = made.also(likely(money, LIKELY, actions)) if verdict == choice.NONE else made
    data = context.data.narrowed(_named(context) if made.boosters else ["days_since_order"])
    kept = Heads(made.heads, made.boosters)
    model = replace(
        model_of(context, kind, data, kept, context.until), spreads=dict(made.spreads), level=None, habits={},
        derived=(), parameters={},
    )  # fmt: skip
    return Learned(model, made.boosters, _evaluation(folds, kind, _notes(context, told, money, verdict)))


def _evaluation(folds: Sequence[Fold], kind: str, notes: tuple[str, ...]) -> Evaluation:
    ours = [_of_kind(fold, kind) for fold in folds]
    names = tuple(ours[0].baselines) if ours else ()
    return Evaluation(
        metrics=summary(ours, lambda fold: fold.answers, METRICS),
        baseline_metrics={name: summary(ours, lambda fold, of=name: fold.baselines[of], METRICS) for name in names},  # type: ignore[misc]
        differences=differences(ours, METRICS),
        folds=tuple(ours),
        importance={},
        slices=(),
        model_kinds={},
        closed={},
        notes=notes,
    )


def _of_kind(fold: Fold, kind: str) -> Fold:
    """The fold with one of its policies as the model's and the others beside it."""
    others = {name: given for name, given in fold.baselines.items() if name not in (kind, OURS)}
    shown = {name: fold.baseline_metrics[name] for name in others}
    return replace(
        fold, answers=fold.baselines[kind], baselines=others, metrics=fold.baseline_metrics[kind],
        baseline_metrics=shown,
    )  # fmt: skip


def _notes(context: Context, told: _Told, money: choice.UpliftModel, verdict: str) -> tuple[str, ...]:
    trial, moments = told.trial, told.moments
    counts = np.bincount(trial.action, minlength=trial.arms).tolist()
    dealt = ", ".join(f"{name} {count:,}" for name, count in zip(trial.names, counts, strict=True))
    means = ", ".join(
        f"{name} {one.measured:+.3g} ({one.low:+.3g} to {one.high:+.3g})"
        for name, one in zip(trial.names[1:], money.means, strict=True)
    )
    where = "" if told.estimated == len(trial) else f" at {told.estimated:,} of {len(trial):,} moments"
    chances = (
        f"Nobody logged the probabilities of what was dealt{where}: they are estimated. What moved both the deal "
        "and the outcome and is no feature would be taken for an effect."
        if told.estimated
        else "Probabilities of what was dealt are as logged."
    )
    said = _SAID[verdict] if verdict != choice.NONE or money.verdict == choice.NONE else _NOT_WORTH
    how = "They are in proportion to what each is expected to bring without." if money.learned.kind == LEVEL else (
        f"Learnt by the {money.learned.kind} learner.")  # fmt: skip
    by = f" {how}" if verdict == choice.VARIES else ""
    return (
        f"**{said}**{by} Margin a moment within the horizon, before costs, with 95 % intervals: {means}.",
        f"Moments: {dealt}. On average {moments.overlap(context.horizon_days):.1f} of a customer's share an outcome: "
        "intervals draw customers.",
        chances,
        *(
            f"'{name}' is left out: by its logged probabilities it could be dealt at {share:.0%} of the moments, and "
            "nobody says at which. Decisions with a receipt do."
            for name, share in told.narrow.items()
        ),
        *_of_decisions(moments),
    )


def _of_decisions(moments: Moments) -> tuple[str, ...]:
    """How much decisions tell, and which of them do not."""
    told = []
    if moments.decided:
        told.append(f"{moments.decided:,} moments are told by decisions, the others by messages before them.")
    if moments.certain:
        told.append(f"{moments.certain:,} decisions are left out: nothing in them was left to lot.")
    if moments.unmixed:
        told.append(f"{moments.unmixed:,} decisions are left out: several actions, and no option was dealt by lot.")
    return (" ".join(told),) if told else ()


UPLIFT = Task(
    name=TASK,
    question="What does each action change for the customer within the horizon, beside doing nothing?",
    not_for="Deciding about a person's credit, price or access to service; effects of actions that were never dealt.",
    answers=(MARGIN, ORDER),
    main_metric="policy_value",
    metrics=METRICS,
    learn=learn,
    per_customer=False,
)
