"""What each metric is called, which way is better, and how its figures are written."""

from collections.abc import Iterable
from dataclasses import dataclass

from training.evaluation.bootstrap import Interval
from training.evaluation.folds import Evaluation

HIGHER, LOWER, NEAR = "higher", "lower", "near"


@dataclass(frozen=True)
class Measure:
    """A metric for people to read.

    Attributes
    ----------
    better : "higher", "lower", or "near" a target
    target : what a perfect model has, for "near"
    """

    name: str
    title: str
    better: str
    target: float = 0.0
    digits: int = 3


_MEASURES = (
    Measure("auc", "AUC", HIGHER),
    Measure("average_precision", "Average precision", HIGHER),
    Measure("brier", "Brier score", LOWER, digits=4),
    Measure("log_loss", "Log loss", LOWER, digits=4),
    Measure("calibration_error", "Calibration error", LOWER),
    Measure("lift_at_10", "Lift in the top 10 %", HIGHER, digits=2),
    Measure("days_rmse", "Shopping days, RMSE", LOWER),
    Measure("days_mae", "Shopping days, mean absolute error", LOWER),
    Measure("spend_mae", "Spend, mean absolute error", LOWER, digits=2),
    Measure("spend_spearman", "Spend, rank correlation", HIGHER),
    Measure("days_totals_ratio", "Shopping days, predicted ÷ actual", NEAR, 1.0, 2),
    Measure("spend_totals_ratio", "Spend, predicted ÷ actual", NEAR, 1.0, 2),
    Measure("promotion_log_loss", "Promotion shares, log loss", LOWER, digits=4),
    Measure("purchase_log_loss", "Sales channel shares, log loss", LOWER, digits=4),
    Measure("contact_log_loss", "Contact response, log loss", LOWER, digits=4),
    Measure("recommend_recall", "Recommended products, recall@10", HIGHER),
    Measure("recommend_ndcg", "Recommended products, NDCG@10", HIGHER),
    Measure("discovery_recall", "Discoveries, recall@10", HIGHER, digits=4),
    Measure("discovery_ndcg", "Discoveries, NDCG@10", HIGHER, digits=4),
    Measure("choice_dr", "Chosen channel, answers a message, doubly robust", HIGHER, digits=4),
    Measure("choice_snips", "Chosen channel, answers a message, self-normalised", HIGHER, digits=4),
    Measure("choice_ips", "Chosen channel, answers a message, inverse propensity", HIGHER, digits=4),
    Measure("contact_auc", "Contact response, AUC", HIGHER),
    *(
        Measure(f"{name}_below_p{level}", f"{title}: outcomes below p{level}", NEAR, level / 100, 3)
        for name, title in (("spend", "Spend"), ("next_order", "Next order"))
        for level in (10, 50, 90)
    ),
    Measure("next_order_unknown_p90", "Next order: share without a p90", NEAR),
)
MEASURES = {measure.name: measure for measure in _MEASURES}


def measure(name: str) -> Measure:
    """How a metric is shown; an unknown one by its own name, lower being better."""
    return MEASURES.get(name, Measure(name, name.replace("_", " "), LOWER))


def is_better(difference: Interval, better: str) -> bool:
    """Whether model − other lies on the better side of 0 with its whole interval."""
    return difference.low > 0 if better == HIGHER else difference.high < 0


def is_worse(difference: Interval, better: str) -> bool:
    """Whether model − other lies on the worse side of 0 with its whole interval."""
    return difference.high < 0 if better == HIGHER else difference.low > 0


def written(name: str, value: float) -> str:
    """A figure as people read it."""
    return "–" if value != value else f"{value:.{measure(name).digits}f}"


def written_difference(name: str, difference: Interval) -> str:
    """A difference with its interval, signs always shown."""
    digits = measure(name).digits
    told = f"{difference.value:+.{digits}f} ({difference.low:+.{digits}f} to {difference.high:+.{digits}f})"
    return told.replace("-", "−")


def in_order(names: Iterable[str]) -> list[str]:
    """Metrics in the order people read them, unknown ones last."""
    places = {name: place for place, name in enumerate(MEASURES)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def flat_metrics(evaluation: Evaluation) -> dict[str, float]:
    """The model's figures by name, a baseline's as `<metric>.<baseline>`, differences and bounds beside them.

    Figures that are not defined are left out: a chart cannot show them.
    """
    flat: dict[str, float] = dict(evaluation.metrics)
    for baseline, metrics in evaluation.baseline_metrics.items():
        flat |= {f"{name}.{baseline}": value for name, value in metrics.items()}
    for baseline, differences in evaluation.differences.items():
        for name, found in differences.items():
            flat |= {
                f"difference.{name}.{baseline}": found.value,
                f"difference_low.{name}.{baseline}": found.low,
                f"difference_high.{name}.{baseline}": found.high,
            }
    return {name: float(value) for name, value in flat.items() if value == value}


def figure_table(evaluation: Evaluation) -> tuple[list[str], list[list[str]]]:
    """Header and rows: a metric, the model's figure, each baseline's."""
    baselines = evaluation.baseline_metrics
    rows = [
        [
            measure(name).title,
            written(name, evaluation.metrics[name]),
            *(written(name, found[name]) if name in found else "–" for found in baselines.values()),
        ]
        for name in in_order(evaluation.metrics)
    ]
    return ["metric", "Perennial", *(baseline.replace("_", " ") for baseline in baselines)], rows


def difference_table(evaluation: Evaluation) -> tuple[list[str], list[list[str]]]:
    """Header and rows: a metric, and the model's difference from each baseline with its interval."""
    found = evaluation.differences
    names = in_order({name for differences in found.values() for name in differences})
    rows = [
        [
            measure(name).title,
            *(written_difference(name, one[name]) if name in one else "–" for one in found.values()),
        ]
        for name in names
    ]
    return ["Perennial − baseline (95 %)", *(baseline.replace("_", " ") for baseline in found)], rows
