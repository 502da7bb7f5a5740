"""Questions of a shop's own: whether something happens, how often, or how much of it, learnt and judged like ours."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.build.outcomes import Outcome, outcomes
from features.clocks import parse_days
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine
from training.backtest.context import Context
from training.data.labels import Labels
from training.evaluation.metrics.amounts import amounts
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import binary
from training.learners.baselines import Answers, amount_baselines, probability_baselines
from training.learners.model_kinds import Learner
from training.learners.target import COUNT, MONEY, Target
from training.task import ACTIVE, Task, TaskError
from training.tasks import churn_and_purchase
from training.tasks.catalogue import TASKS

NOT_FOR = "Deciding about a person's credit, price, employment or access to service."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = re.compile(
    rf"({'|'.join(TASKS)}|all|order)|(contact|purchase|promotion|recommend|spend|next_order|next_step|expected)_.*"
)
_Values = NDArray[np.float64]


def yes_no(
    name: str,
    question: str,
    outcome: Outcome,
    *,
    horizon: str,
    active_within: str | None = None,
    happens: bool = True,
    eligible: str = ACTIVE,
    not_for: str = NOT_FOR,
) -> Task:
    """A yes-or-no question about the days after a cutoff.

    Its answer is the column `<name>_probability`. It is learnt by rules, a regression and boosting, whichever the folds
    favour, beside recency, a regression on recency, frequency and money, and plain boosting.

    Parameters
    ----------
    name : str                  small letters, digits and _; not one of ours
    question : str              one sentence that ends with a question mark
    outcome : (table, callable) a canonical table, and a reduction over its rows of [cutoff, cutoff + horizon): the
                                answer is yes where it is above 0
    horizon : str               such as "30d"; the question's own, whatever the shop's
    active_within : str         who is asked: customers with an order within this time before the cutoff; by default as
                                the shop's other questions
    happens : bool              False turns it round: yes where the reduction is 0, or there is no row at all
    eligible, not_for : str     as the card states them

    Raises
    ------
    TaskError       if the name or the question cannot be used

    Examples
    --------
    >>> silent = yes_no(
    ...     "silent_60",
    ...     "Will the customer place no order within 60 days?",
    ...     ("orders", lambda orders: orders.count(where=orders.kind == "order")),
    ...     horizon="60d",
    ...     happens=False,
    ... )
    >>> silent.answers, silent.horizon_days
    (('silent_60_probability',), 60)
    """
    _refuse_unusable(name, question)
    target = Target(f"{name}_probability", name, "logit", 0, "days_since_order", "", {"objective": "binary"})

    def said(found: _Values) -> _Values:
        yes: _Values = ((found > 0) == happens).astype(np.float64)
        return yes

    asked = Asking(target, outcome, said, probability_baselines, horizon, active_within, eligible, not_for)
    return _task(asked, question, "log_loss", binary(name, target.answer))


def how_many(
    name: str,
    question: str,
    outcome: Outcome,
    *,
    horizon: str,
    active_within: str | None = None,
    eligible: str = ACTIVE,
    not_for: str = NOT_FOR,
) -> Task:
    """How often something happens to each customer in the days after a cutoff: an expected count.

    Its answer is the column `<name>_expected`, learnt as a Poisson count beside a regression on recency, one on
    recency, frequency and money, and plain boosting.

    Parameters
    ----------
    outcome : (table, callable)     a canonical table, and a reduction over its rows of [cutoff, cutoff + horizon):
                                    the count; no row at all is 0, and so is less than 0
    the others                      as for `yes_no`

    Raises
    ------
    TaskError       if the name or the question cannot be used

    Examples
    --------
    >>> visits = how_many(
    ...     "visits_30",
    ...     "On how many days will the customer shop?",
    ...     ("orders", lambda orders: orders.happened_at.date().nunique()),
    ...     horizon="30d",
    ... )
    >>> visits.answers, visits.main_metric
    (('visits_30_expected',), 'rmse')
    """
    target = Target(f"{name}_expected", name, "log", 0, "shopping_days", "", COUNT)
    asked = Asking(target, outcome, _NOT_BELOW_NOTHING, amount_baselines, horizon, active_within, eligible, not_for)
    return _amount(asked, question)


def how_much(
    name: str,
    question: str,
    outcome: Outcome,
    *,
    horizon: str,
    active_within: str | None = None,
    eligible: str = ACTIVE,
    not_for: str = NOT_FOR,
) -> Task:
    """How much each customer spends, or uses, in the days after a cutoff: an expected amount.

    As `how_many`, but learnt as an amount that is often 0 and sometimes large (Tweedie).

    Examples
    --------
    >>> skincare = how_much(
    ...     "skincare_spend", "How much will the customer spend on skincare?",
    ...     ("order_lines", lambda lines: lines.amount.sum(where=lines.category == "skincare")), horizon="30d",
    ... )
    >>> skincare.answers, skincare.horizon_days
    (('skincare_spend_expected',), 30)
    """
    target = Target(f"{name}_expected", name, "log", 0, "spend", "", MONEY)
    asked = Asking(target, outcome, _NOT_BELOW_NOTHING, amount_baselines, horizon, active_within, eligible, not_for)
    return _amount(asked, question)


@dataclass(frozen=True)
class Asking:
    """What the kinds of question have in common.

    Attributes
    ----------
    said : what the reduction found in the window → the outcome
    simple : the baselines' answers, from the rows learnt from and the rows asked
    """

    target: Target
    outcome: Outcome
    said: Callable[[_Values], _Values]
    simple: Callable[[Target, Learner, Learner], dict[str, Answers]]
    horizon: str
    active_within: str | None
    eligible: str
    not_for: str


def _amount(asked: Asking, question: str) -> Task:
    name, answer = asked.target.label, asked.target.answer
    _refuse_unusable(name, question)
    return _task(asked, question, "rmse", amounts(name, answer, title=name.replace("_", " ").capitalize()))


def _task(asked: Asking, question: str, main_metric: str, metrics: tuple[Metric, ...]) -> Task:
    name, target = asked.target.label, asked.target
    return Task(
        name=name,
        question=question,
        not_for=asked.not_for,
        answers=(target.answer,),
        main_metric=main_metric,
        metrics=metrics,
        learn=churn_and_purchase.learn,
        targets=(target,),
        main=target,
        labels=partial(_labels, name, asked.outcome, asked.said),
        baselines=partial(_baselines, asked.simple, target),
        eligible=asked.eligible,
        horizon_days=parse_days(asked.horizon),
        active_within_days=parse_days(asked.active_within) if asked.active_within else None,
    )


_NOT_BELOW_NOTHING = partial(np.maximum, 0.0)


def _refuse_unusable(name: str, question: str) -> None:
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise TaskError(
            f"a question cannot be called {name!r}. "
            "Use small letters, digits and _, and no beginning of ours, such as purchase_."
        )
    if not question.endswith("?"):
        raise TaskError(f"task '{name}': {question!r} is no question. State it in one sentence with a question mark.")


def _labels(
    name: str,
    outcome: Outcome,
    said: Callable[[_Values], _Values],
    shop: Shop,
    spine: Spine,
    horizon_days: int,
    until: datetime,
    *,
    engine: Engine | None = None,
) -> Labels:
    """What the reduction says of each row's window, as the question takes it; no row is 0."""
    if not shop.has(outcome[0]):
        raise TaskError(f"{name} needs the table {outcome[0]}; '{shop.name}' has none. Add it to shop.toml.")
    found = outcomes(shop, spine, horizon_days, until, {"found": outcome}, engine=engine)["found"]
    return {name: said(np.nan_to_num(found.cast("float64").to_numpy(zero_copy_only=False)))}


def _baselines(
    simple: Callable[[Target, Learner, Learner], dict[str, Answers]],
    target: Target,
    context: Context,
    learnt: Learner,
    asked: Learner,
) -> Mapping[str, Answers]:
    return simple(target, learnt, asked)
