"""How a metric's figures are written for people."""

from collections.abc import Iterable

from training.evaluation.bootstrap import Interval
from training.evaluation.folds import Evaluation
from training.evaluation.metrics.metric import HIGHER, Metric
from training.evaluation.metrics.registry import CONTACT_LOSS, METRICS, contact_by_channel


def measure(name: str) -> Metric:
    """The metric of that name; a contact channel's own loss among them, whatever the channel is called.

    Raises
    ------
    KeyError    if the registry has none
    """
    if name not in METRICS and name.startswith(f"{CONTACT_LOSS}_"):
        return contact_by_channel([name.removeprefix(f"{CONTACT_LOSS}_")])[0]
    return METRICS[name]


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
    places = {name: place for place, name in enumerate(METRICS)}
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
