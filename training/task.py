"""A task: a question about every customer's near future, asked of whom and judged by what."""

from dataclasses import dataclass

from features.errors import PerennialError


class TaskError(PerennialError):
    """A task is unknown, or the shop's data cannot answer it."""


@dataclass(frozen=True)
class Task:
    """A question, stated once for training, review and serving.

    Attributes
    ----------
    name : str                    also the second half of the registered model's name
    question : str                one sentence, as the card states it
    eligible : str                about whom it is asked
    not_for : str                 what the answer must not be used for
    answers : tuple of str        the answers' names; a name that ends in _ begins several
    main_metric : str             what kinds of model and challengers are compared by; lower is better for losses
    metrics : tuple of str        every metric reported, in the order they are shown
    baselines : tuple of str      the simple rules that stand beside the model
    also_better : tuple of str    further metrics in which the gate wants the baselines beaten
    """

    name: str
    question: str
    eligible: str
    not_for: str
    answers: tuple[str, ...]
    main_metric: str
    metrics: tuple[str, ...]
    baselines: tuple[str, ...]
    also_better: tuple[str, ...] = ()


_ACTIVE = "Customers with an order within active_within days before the cutoff."

CHURN = Task(
    name="churn",
    question="Will the customer place no order within the horizon?",
    eligible=_ACTIVE,
    not_for="Deciding about a person's credit, price, employment or access to service.",
    answers=("churn_probability",),
    main_metric="log_loss",
    metrics=("auc", "average_precision", "brier", "log_loss", "calibration_error", "lift_at_10"),
    baselines=("recency", "rfm_logistic", "plain_boosting", "buy_till_you_die"),
)

NEXT_PURCHASE = Task(
    name="next_purchase",
    question="When is the next order, on how many days will the customer order within the horizon, for how much?",
    eligible=_ACTIVE,
    not_for="Promising a delivery or a stock level; single customers scatter widely around the forecast.",
    answers=("order_probability", "expected_shopping_days", "expected_spend", "spend_", "next_order_"),
    main_metric="days_rmse",
    metrics=(
        "days_rmse",
        "days_mae",
        "spend_mae",
        "spend_spearman",
        "days_totals_ratio",
        "spend_totals_ratio",
        "spend_below_p10",
        "spend_below_p50",
        "spend_below_p90",
        "next_order_below_p10",
        "next_order_below_p50",
        "next_order_below_p90",
        "next_order_unknown_p90",
    ),
    baselines=("past_pace", "buy_till_you_die", "plain_boosting"),
)

CHANNEL_PREFERENCE = Task(
    name="channel_preference",
    question="Through which promotion, sales channel and contact channel does the customer act next?",
    eligible=_ACTIVE,
    not_for="Contacting anyone without consent; preference is no permission.",
    answers=("promotion_", "purchase_", "contact_"),
    main_metric="promotion_log_loss",
    metrics=("promotion_log_loss", "purchase_log_loss", "contact_log_loss", "contact_auc"),
    baselines=("own_shares", "shop_shares"),
)

RECOMMENDATION = Task(
    name="recommendation",
    question="Which products does the customer buy within the horizon: again, and for the first time?",
    eligible=_ACTIVE,
    not_for="Deciding what a person may buy or pays; telling others what a customer bought.",
    answers=("recommend_",),
    main_metric="recommend_ndcg",
    metrics=("recommend_ndcg", "recommend_recall", "discovery_ndcg", "discovery_recall"),
    baselines=("decayed_frequency", "popular"),
    also_better=("discovery_ndcg",),
)

TASKS = {task.name: task for task in (CHURN, NEXT_PURCHASE, CHANNEL_PREFERENCE, RECOMMENDATION)}


def task_named(name: str) -> Task:
    """The task of that name.

    Raises
    ------
    TaskError    if there is none
    """
    if name not in TASKS:
        raise TaskError(f"{name!r} is no task. Choose one of {', '.join(TASKS)}.")
    return TASKS[name]
