"""The scoreboard on a screen: one table a shop and task, models down, metrics across, and what is worse at the end."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from training.evaluation.bootstrap import Interval
from training.evaluation.folds import Fold
from training.evaluation.many_comparisons import worse_beyond_chance
from training.evaluation.metrics.measures import is_worse, measure, written

OURS = "perennial"
_COLUMNS = {
    "churn": ("auc", "average_precision", "brier", "log_loss", "calibration_error"),
    "next_purchase": (
        *("days_rmse", "days_mae", "days_totals_ratio"),
        *("spend_deviance", "spend_median_mae", "spend_spearman", "spend_totals_ratio", "spend_mae"),
    ),
    "channel_preference": ("promotion_log_loss", "purchase_log_loss", "contact_log_loss", "contact_auc"),
}
_SHORT = {
    "average_precision": "avg. precision",
    "calibration_error": "calibration",
    "days_rmse": "days RMSE",
    "days_mae": "days MAE, mean",
    "days_totals_ratio": "days total ÷",
    "spend_deviance": "spend deviance",
    "spend_median_mae": "spend MAE, median",
    "spend_mae": "spend MAE, mean",
    "spend_spearman": "spend ranks",
    "spend_totals_ratio": "spend total ÷",
    "promotion_log_loss": "promotion loss",
    "purchase_log_loss": "sales channel loss",
    "contact_log_loss": "contact loss",
    "contact_auc": "contact AUC",
}
_QUANTILES = tuple(f"{name}_below_p{level}" for name in ("spend", "next_order") for level in (10, 50, 90))


class Row(NamedTuple):
    """A figure with its interval; of Perennial with the kinds of model it came from."""

    shop: str
    task: str
    model: str
    metric: str
    value: float
    low: float | None
    high: float | None
    model_kind: str | None


def difference_of(model: str) -> str:
    """What the rows of Perennial − a model are called."""
    return f"{OURS} − {model}"


def show_board(shop: str, task: str, folds: Sequence[Fold], rows: Sequence[Row]) -> None:
    """Print the figures, intervals beneath them; beneath a baseline's, Perennial's difference from it."""
    told = {(row.model, row.metric): row for row in rows}
    metrics = [name for name in _COLUMNS[task] if (OURS, name) in told]
    models = [model for model in dict.fromkeys(row.model for row in rows) if "−" not in model]
    customers = sum(len(fold.customers) for fold in folds)
    own = told[OURS, "seconds"]
    table = Table(
        title=f"{shop}: {task.replace('_', ' ')} – {len(folds)} cutoffs, {customers:,} rows, {own.model_kind}, "
        f"{own.value:.1f} s a training",
        caption="second line: 95 % interval; of an alternative: Perennial's difference, ✓ better, = tied, ✗ worse, "
        "lower or higher where that decides nothing",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("", no_wrap=True)
    for name in metrics:
        table.add_column(_SHORT.get(name, measure(name).title), justify="right", no_wrap=True)
    for model in models:
        cells = [_cell(told.get((model, name)), told.get((difference_of(model), name))) for name in metrics]
        table.add_row(model.replace("_", " "), *cells)
    console = Console(width=max(Console().width, 120))
    console.print(table)
    quantiles = [
        f"{name.replace('_', ' ')} {told[OURS, name].value:.3f}" for name in _QUANTILES if (OURS, name) in told
    ]
    if quantiles:
        console.print("share of outcomes: " + ", ".join(quantiles), soft_wrap=True)
    console.print()


def show_verdict(rows: Sequence[Row]) -> None:
    """Say in how many comparisons Perennial is better, tied and worse, and name the last; † where not by chance.

    Beside them stand the differences that decide nothing, however they fell.
    """
    compared = [row for row in rows if "−" in row.model and row.low is not None]
    gaps = [row for row in compared if measure(row.metric).decides]
    worse = [row for row in gaps if _mark(row) == "✗"]
    lost = worse_beyond_chance({row: (_interval(row), measure(row.metric).better) for row in gaps})
    better = sum(_mark(row) == "✓" for row in gaps)
    print(
        f"{len(gaps)} comparisons: better in {better}, tied in {len(gaps) - better - len(worse)}, "
        f"worse in {len(worse)}, of which {len(lost)} by Holm's correction over all"
    )
    for row in worse:
        print(f"  worse: {_told(row)}{' †' if row in lost else ''}")
    beside = [row for row in compared if not measure(row.metric).decides and _mark(row) == "higher"]
    for row in beside:
        print(f"  higher, which decides nothing: {_told(row)}")


def _told(row: Row) -> str:
    return f"{row.shop}, {row.model}, {measure(row.metric).title} {row.value:+.4f} ({row.low:+.4f} to {row.high:+.4f})"


def _cell(row: Row | None, gap: Row | None) -> str:
    if row is None:
        return ""
    value = written(row.metric, row.value)
    if gap is not None:
        return f"{value}\n[dim]{gap.value:+.{measure(row.metric).digits}f} {_mark(gap)}[/dim]"
    if row.low is None or row.high is None:
        return value
    return f"{value}\n[dim]{written(row.metric, row.low)}–{written(row.metric, row.high)}[/dim]"


def _mark(gap: Row) -> str:
    interval = _interval(gap)
    if not measure(gap.metric).decides:
        return "=" if interval.low <= 0 <= interval.high else "higher" if interval.low > 0 else "lower"
    if is_worse(interval, measure(gap.metric).better):
        return "✗"
    return "=" if interval.low <= 0 <= interval.high else "✓"


def _interval(gap: Row) -> Interval:
    assert gap.low is not None and gap.high is not None  # differences have intervals
    return Interval(gap.value, gap.low, gap.high)
