"""Churn: who places no order within the horizon."""

from collections.abc import Mapping
from dataclasses import replace

from training.backtest.context import Context, Learned
from training.backtest.treated_apart import treated_apart
from training.evaluation.metrics import registry as metric_registry
from training.learners import target
from training.learners.baselines import Answers, churn_baselines
from training.learners.model_kinds import Learner
from training.task import Task
from training.tasks import churn_and_purchase


def _baselines(context: Context, learnt: Learner, asked: Learner) -> Mapping[str, Answers]:
    return churn_baselines(learnt, asked)


def learn(context: Context) -> Learned:
    """As next purchase is learnt, and the treated told apart from the untreated."""
    found = churn_and_purchase.learn(context)
    apart = treated_apart(context, found.evaluation.folds, target.CHURN.label, target.CHURN.answer)
    return replace(found, evaluation=replace(found.evaluation, treatment=apart))


CHURN = Task(
    name="churn",
    question="Will the customer place no order within the horizon?",
    not_for="Deciding about a person's credit, price, employment or access to service.",
    answers=("churn_probability",),
    main_metric="log_loss",
    metrics=metric_registry.CHURN,
    learn=learn,
    targets=(target.CHURN,),
    main=target.CHURN,
    baselines=_baselines,
)
