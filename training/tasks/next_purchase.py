"""Next purchase: when, on how many days, for how much."""

from collections.abc import Mapping

from scoring.release import Spread
from training.backtest.context import Context
from training.evaluation.metrics import registry as metric_registry
from training.learners.baselines import Answers, next_purchase_baselines
from training.learners.model_kinds import Learner
from training.learners.quantiles import order_spread, spend_spread
from training.learners.target import DAYS, ORDER, SPEND, Array
from training.task import Task
from training.tasks import churn_and_purchase


def _baselines(context: Context, learnt: Learner, asked: Learner) -> Mapping[str, Answers]:
    return next_purchase_baselines(learnt, asked, context.pace_days, context.horizon_days)


def _spreads(answers: Mapping[str, Array], labels: Mapping[str, Array], horizon_days: int) -> dict[str, Spread]:
    return {"spend": spend_spread(answers, labels), "next_order": order_spread(answers, labels, horizon_days)}


NEXT_PURCHASE = Task(
    name="next_purchase",
    question="When is the next order, on how many days will the customer order within the horizon, for how much?",
    not_for="Promising a delivery or a stock level; single customers scatter widely around the forecast.",
    answers=("order_probability", "expected_shopping_days", "expected_spend", "spend_", "next_order_"),
    main_metric="days_rmse",
    metrics=metric_registry.NEXT_PURCHASE,
    learn=churn_and_purchase.learn,
    targets=(ORDER, DAYS, SPEND),
    main=DAYS,
    baselines=_baselines,
    spreads=_spreads,
)
