"""Questions of a shop's own: yes or no about each customer's future, learnt and judged like churn."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial

import numpy as np

from features.build.outcomes import Outcome, outcomes
from features.clocks import parse_days
from features.engine import Engine
from features.errors import FeatureError
from features.extension import run
from features.shop import Shop
from features.spine import Spine
from features.trust import Code
from training.backtest.context import Context
from training.data.labels import Labels
from training.evaluation.metric_registry import binary
from training.learners.baselines import Answers, probability_baselines
from training.learners.model_kinds import Learner
from training.learners.target import Target
from training.task import ACTIVE, Task, TaskError
from training.tasks import churn_and_purchase
from training.tasks.catalogue import TASKS

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = re.compile(
    rf"({'|'.join(TASKS)}|all|order)|(contact|purchase|promotion|recommend|spend|next_order|expected)_.*"
)


def yes_no(
    name: str,
    question: str,
    outcome: Outcome,
    *,
    horizon: str,
    active_within: str | None = None,
    happens: bool = True,
    eligible: str = ACTIVE,
    not_for: str = "Deciding about a person's credit, price, employment or access to service.",
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
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise TaskError(
            f"a question cannot be called {name!r}. "
            "Use small letters, digits and _, and no beginning of ours, such as purchase_."
        )
    if not question.endswith("?"):
        raise TaskError(f"task '{name}': {question!r} is no question. State it in one sentence with a question mark.")
    target = Target(f"{name}_probability", name, "logit", 0, "days_since_order", "", {"objective": "binary"})
    return Task(
        name=name,
        question=question,
        not_for=not_for,
        answers=(target.answer,),
        main_metric="log_loss",
        metrics=binary(name, target.answer),
        learn=churn_and_purchase.learn,
        targets=(target,),
        main=target,
        labels=partial(_labels, name, outcome, happens),
        baselines=partial(_baselines, target),
        eligible=eligible,
        horizon_days=parse_days(horizon),
        active_within_days=parse_days(active_within) if active_within else None,
    )


def tasks_of(shop: Shop) -> dict[str, Task]:
    """The questions that the shop's trusted files ask, by name.

    Raises
    ------
    TaskError       if a file cannot run or asks nothing, or two have one name
    """
    found: dict[str, Task] = {}
    for code in shop.extension.tasks:
        for task in _asked_in(code):
            if task.name in found or task.name in TASKS:
                raise TaskError(f"{code.path}: there is a task '{task.name}' already. Rename yours.")
            if task.horizon_days is None:
                raise TaskError(f"{code.path}: task '{task.name}' states no horizon. Give it one, or use yes_no.")
            found[task.name] = task
    return found


def task_of(name: str, shop: Shop) -> Task:
    """The task of that name, ours or the shop's own.

    Raises
    ------
    TaskError       if there is none
    """
    known = {**TASKS, **tasks_of(shop)}
    if name not in known:
        raise TaskError(f"{name!r} is no task. Choose one of {', '.join(known)}.")
    return known[name]


def _asked_in(code: Code) -> list[Task]:
    try:
        tasks = [value for value in run(code).values() if isinstance(value, Task) and value not in TASKS.values()]
    except FeatureError as error:
        raise TaskError(str(error)) from error
    if not tasks:
        raise TaskError(f"{code.path} asks no question. Assign pn.yes_no(…) to a name in it, or take it out.")
    return tasks


def _labels(
    name: str,
    outcome: Outcome,
    happens: bool,
    shop: Shop,
    spine: Spine,
    horizon_days: int,
    until: datetime,
    *,
    engine: Engine | None = None,
) -> Labels:
    """1 where the answer is yes, else 0."""
    if not shop.has(outcome[0]):
        raise TaskError(f"{name} needs the table {outcome[0]}; '{shop.name}' has none. Add it to shop.toml.")
    found = outcomes(shop, spine, horizon_days, until, {"found": outcome}, engine=engine)["found"]
    above = np.nan_to_num(found.cast("float64").to_numpy(zero_copy_only=False)) > 0
    return {name: (above if happens else ~above).astype(np.float64)}


def _baselines(target: Target, context: Context, learnt: Learner, asked: Learner) -> Mapping[str, Answers]:
    return probability_baselines(target, learnt, asked)
