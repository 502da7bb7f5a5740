"""Metrics of an expected count or amount, and of its median: each by a rule that the right answer has the best of."""

from collections.abc import Callable

from training.evaluation.metrics import functions as metrics
from training.evaluation.metrics.metric import HIGHER, LOWER, NEAR, Array, Metric, Values


def amounts(truth: str, answer: str, *, name: str = "", title: str = "Amount", digits: int = 3) -> tuple[Metric, ...]:
    """Metrics of an expected count or amount, RMSE, MAE, rank correlation and totals; their names begin with `name`.

    The absolute error of a mean is shown and decides nothing: it is a median's.
    """

    def one(stem: str, told: str, better: str, function: Callable[[Array, Array], float]) -> Metric:
        near = better == NEAR
        return Metric(
            f"{name}{stem}",
            f"{title}, {told}",
            better,
            truth,
            answer,
            lambda found, given: function(found[truth], given[answer]),
            target=float(near),
            digits=2 if near else 3 if stem == "spearman" else digits,
            paired=not near,
            decides=stem != "mae",
        )

    return (
        one("rmse", "RMSE", LOWER, metrics.rmse),
        one("mae", "mean absolute error", LOWER, metrics.mae),
        one("spearman", "rank correlation", HIGHER, metrics.spearman),
        one("totals_ratio", "predicted ÷ actual", NEAR, metrics.totals_ratio),
    )


def mean_deviance(truth: str, answer: str, *, name: str, title: str, power: float) -> Metric:
    """Tweedie deviance of an expected amount: what its trees lower, and least for the mean."""

    def loss(found: Values, given: Values) -> float:
        return metrics.deviance(found[truth], given[answer], power)

    return Metric(f"{name}_deviance", f"{title}, deviance", LOWER, truth, answer, loss, digits=4)


def median_error(truth: str, expected: str, *, name: str, title: str, digits: int = 2) -> Metric:
    """Absolute error of the median; where no quantiles are given the expected amount is the only number there is."""
    median = f"{truth}_p50"

    def loss(found: Values, given: Values) -> float:
        return metrics.mae(found[truth], given[median] if median in given else given[expected])

    told = f"{title}: median, mean absolute error"
    return Metric(f"{name}_median_mae", told, LOWER, truth, median, loss, digits=digits, instead=expected)
