"""Every metric once: its function, the outcome and answer it needs, its title, and which way is better.

A question of another kind takes its metrics from the families: `binary`, `amounts`, `quantiles`, `shares`.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from training.evaluation.choices.qini import area_above_chance
from training.evaluation.metrics import functions as metrics
from training.evaluation.metrics.amounts import amounts, mean_deviance, median_error
from training.evaluation.metrics.metric import HIGHER, LOWER, NEAR, Array, Metric, Values

LEVELS = (10, 50, 90)
SPEND_POWER = 1.3  # between counts and amounts: what spend is learnt with


def binary(truth: str, answer: str) -> tuple[Metric, ...]:
    """Metrics of a probability: `truth` is 1 where it happened, else 0."""

    def of(function: Callable[[NDArray[np.bool_], Array], float]) -> Callable[[Values, Values], float]:
        return lambda found, given: function(found[truth] > 0, given[answer])

    lift, error = partial(metrics.lift_at, share=0.1), metrics.expected_calibration_error
    return (
        Metric("auc", "AUC", HIGHER, truth, answer, of(metrics.auc)),
        Metric("average_precision", "Average precision", HIGHER, truth, answer, of(metrics.average_precision)),
        Metric("brier", "Brier score", LOWER, truth, answer, of(metrics.brier), digits=4),
        Metric("log_loss", "Log loss", LOWER, truth, answer, of(metrics.log_loss), digits=4),
        Metric("calibration_error", "Calibration error", LOWER, truth, answer, of(error), pooled=True, paired=False),
        Metric("lift_at_10", "Lift in the top 10 %", HIGHER, truth, answer, of(lift), digits=2, paired=False),
    )


def quantiles(name: str, title: str) -> tuple[Metric, ...]:
    """Share of outcomes below each predicted quantile."""
    return tuple(
        Metric(
            f"{name}_below_p{level}",
            f"{title}: outcomes below p{level}",
            NEAR,
            name,
            f"{name}_p{level}",
            partial(_below, name, level),
            target=level / 100,
            pooled=True,
            paired=False,
        )
        for level in LEVELS
    )


def shares(name: str, title: str) -> Metric:
    """Log loss of predicted shares; the outcome counts how often each kind occurred."""

    def loss(truth: Values, answers: Values) -> float:
        given = [answers[key] for key in answers if key.startswith(f"{name}_")]
        return metrics.shares_log_loss(truth[name], np.stack(given, axis=1))

    return Metric(f"{name}_log_loss", f"{title}, log loss", LOWER, name, f"{name}_", loss, digits=4)


def by_customer(name: str, title: str, digits: int = 3) -> Metric:
    """A figure that each customer has already, NaN where nothing was bought."""

    def mean(truth: Values, answers: Values) -> float:
        if np.isnan(answers[name]).all():
            raise metrics.MetricError(f"{name} needs a customer who bought something. Use more cutoffs.")
        return float(np.nanmean(answers[name]))

    return Metric(name, title, HIGHER, "bought", name, mean, digits=digits)


def contact_metrics() -> tuple[Metric, ...]:
    """Metrics over everyone contacted on a channel: the outcome is the share of messages answered, or NaN."""
    return (
        Metric(
            "contact_log_loss", "Contact response, log loss", LOWER, "contact_", "contact_", _contact_loss, digits=4
        ),
        Metric("contact_auc", "Contact response, AUC", HIGHER, "contact_", "contact_", _contact_auc, paired=False),
    )


CONTACT_LOSS = "contact_log_loss"


def contact_by_channel(channels: Iterable[str]) -> tuple[Metric, ...]:
    """The loss of each contact channel for itself: one head each."""
    return tuple(_contact_channel(channel) for channel in channels)


def _contact_channel(channel: str) -> Metric:
    def loss(truth: Values, answers: Values) -> float:
        name = f"contact_{channel}"
        return _contact_loss({name: truth[name]}, {name: answers[name]})

    title = f"Response to {channel.replace('_', ' ')}, log loss"
    return Metric(f"{CONTACT_LOSS}_{channel}", title, LOWER, f"contact_{channel}", f"contact_{channel}", loss, digits=4)


def pinball(name: str, title: str) -> Metric:
    """Mean pinball loss of the three quantiles; an outcome nobody watched long enough counts as of the last day."""

    def loss(truth: Values, answers: Values) -> float:
        return float(
            np.mean([metrics.pinball(*_censored(name, level, truth, answers), level / 100) for level in LEVELS])
        )

    return Metric(f"{name}_pinball", f"{title}: quantiles, pinball loss", LOWER, name, f"{name}_p50", loss)


def unknown_quantiles() -> Metric:
    """Share of customers whose next order may lie beyond what the forecast reaches."""

    def share(truth: Values, answers: Values) -> float:
        return float(np.isnan(answers["next_order_p90"]).mean())

    name, title = "next_order_unknown_p90", "Next order: share without a p90"
    return Metric(name, title, NEAR, "next_order", "next_order_p90", share, pooled=True, paired=False)


def choices() -> tuple[Metric, ...]:
    """What a model's choice of channel is worth, estimated from messages drawn by lot."""
    ways = {"dr": "doubly robust", "snips": "self-normalised", "ips": "inverse propensity"}
    return tuple(
        Metric(f"choice_{way}", f"Chosen channel, answers a message, {told}", HIGHER, "", "", None, digits=4)
        for way, told in ways.items()
    )


def policies() -> tuple[Metric, ...]:
    """What dealing by a policy is worth a moment, in money, told three ways; and the order in which it deals."""

    def of(name: str, title: str, function: Callable[[Values], float], *, of: str, better: str = HIGHER) -> Metric:
        return Metric(name, title, better, "moment", of, lambda _, given: function(given), paired=better == HIGHER)

    return (
        of("policy_value", "Value a moment, doubly robust", lambda one: float(one["policy_value"].mean()),
           of="policy_value"),
        of("policy_snips", "Value a moment, self-normalised", _self_normalised, of="policy_weight"),
        of("policy_ips", "Value a moment, inverse propensity", lambda one: float(one["policy_reward"].mean()),
           of="policy_reward"),
        of("policy_acts", "Share given something", lambda one: float(one["policy_acts"].mean()), of="policy_acts",
           better=NEAR),
        of("policy_qini", "Qini, money a moment above chance", _qini, of="policy_worth"),
    )  # fmt: skip


def _self_normalised(given: Values) -> float:
    total = float(given["policy_weight"].sum())
    if total == 0:
        raise metrics.MetricError("nothing that the policy would have dealt was dealt. Use more moments.")
    return float(given["policy_reward"].sum()) / total


def _qini(given: Values) -> float:
    return area_above_chance(given["policy_worth"], given["policy_gain"])


def _below(name: str, level: int, truth: Values, answers: Values) -> float:
    quantile = answers[f"{name}_p{level}"]
    if name == "next_order" and "watched" in truth:  # a quantile beyond the days that were watched cannot be judged
        quantile = np.where(quantile < truth["watched"], quantile, np.nan)
    ties: Array | float = 0.5
    if name == "spend" and "order_probability" in answers:
        silent = np.maximum(1 - answers["order_probability"], 1e-12)
        ties = np.where(quantile <= 0, np.minimum(level / 100 / silent, 1.0), 0.5)
    return metrics.coverage(truth[name], quantile, level, ties)


def _censored(name: str, level: int, truth: Values, answers: Values) -> tuple[Array, Array]:
    """Outcome and quantile, both no later than what was watched; a quantile beyond the reach is beyond that too."""
    outcome, quantile = truth[name], answers[f"{name}_p{level}"]
    if name != "next_order":
        return outcome, quantile
    watched = truth.get("watched", np.full(len(outcome), np.inf))
    last = np.where(np.isfinite(watched), watched, np.nanmax(np.where(np.isfinite(outcome), outcome, 0.0), initial=0.0))
    return np.minimum(outcome, last), np.minimum(np.where(np.isnan(quantile), np.inf, quantile), last)


def _contact_loss(truth: Values, answers: Values) -> float:
    responded, predicted = _contacted(truth, answers)
    return metrics.shares_log_loss(*(np.stack([x, 1 - x], axis=1) for x in (responded, predicted)))


def _contact_auc(truth: Values, answers: Values) -> float:
    responded, predicted = _contacted(truth, answers)
    return metrics.auc(responded > 0, predicted)


def _contacted(truth: Values, answers: Values) -> tuple[Array, Array]:
    channels = [name for name in answers if name.startswith("contact_") and name in truth]
    if not channels:
        raise metrics.MetricError("contact metrics need a channel with both outcomes and answers. Train on more sends.")
    responded = np.concatenate([truth[name] for name in channels])
    predicted = np.concatenate([answers[name] for name in channels])
    asked = ~np.isnan(responded)
    if not asked.any():
        raise metrics.MetricError("contact metrics need a customer who was contacted. Train on more sends.")
    return responded[asked], predicted[asked]


CHURN = binary("churn", "churn_probability")
_DAYS = amounts("days", "expected_shopping_days", name="days_", title="Shopping days")
_SPEND = amounts("spend", "expected_spend", name="spend_", title="Spend", digits=2)
NEXT_PURCHASE = (
    *(one for one in _DAYS if one.name != "days_spearman"),
    *(one for one in _SPEND if one.name != "spend_rmse"),
    mean_deviance("spend", "expected_spend", name="spend", title="Spend", power=SPEND_POWER),
    median_error("spend", "expected_spend", name="spend", title="Spend"),
    pinball("spend", "Spend"),
    pinball("next_order", "Next order"),
    *quantiles("spend", "Spend"),
    *quantiles("next_order", "Next order"),
    unknown_quantiles(),
)
CHANNEL_PREFERENCE = (
    shares("promotion", "Promotion shares"),
    shares("purchase", "Sales channel shares"),
    *contact_metrics(),
)
NEXT_STEP = (shares("next_step", "Next step"),)
RECOMMENDATION = (
    by_customer("recommend_ndcg", "Recommended products, NDCG@10"),
    by_customer("recommend_recall", "Recommended products, recall@10"),
    by_customer("discovery_ndcg", "Discoveries, NDCG@10", digits=4),
    by_customer("discovery_recall", "Discoveries, recall@10", digits=4),
)
UPLIFT = policies()
BUILT_IN = (*CHURN, *NEXT_PURCHASE, *CHANNEL_PREFERENCE, *NEXT_STEP, *RECOMMENDATION, *UPLIFT)
METRICS = {metric.name: metric for metric in (*BUILT_IN, *choices(), *amounts("outcome", "expected"))}
