"""How a model did, as a person reads it: beside its baselines, over all folds or fold by fold."""

from collections.abc import Mapping, Sequence

from features.shop import Shop
from perennial.terminal.printing import counted, heading, say, table
from training.evaluation.folds import PREPARED, Fitted
from training.evaluation.metrics.measures import measure, written
from training.tracking import registry
from training.tracking.runs import Logged
from training.tracking.store import Mlruns

Metrics = Mapping[str, float]


def tell_version(fitted: Fitted, logged: Logged) -> None:
    """Print the figures beside the baselines, the kind of model, and where the seconds went."""
    standing = "champion" if logged.champion else "challenger"
    heading(f"{fitted.model.task}: version {logged.version}, {standing}")
    if logged.cut_short:
        say(
            f"  {counted(logged.cut_short, 'earlier run')} cut short, killed before it was logged; marked so in MLflow."
        )
    _tell_model(fitted)
    if fitted.evaluation.metrics:
        judged = ", ".join(fold.cutoff[:10] for fold in fitted.evaluation.folds)
        say(f"  Judged at {judged}, each by a model that ends one horizon earlier:", "dim")
        _beside(fitted.evaluation.metrics, fitted.evaluation.baseline_metrics)
    else:
        say("  Not judged: the history is too short for a backtest.")
    _tell_time(fitted)


def tell_verdicts(shop: Shop, trained: Sequence[Logged], mlruns: Mlruns) -> None:
    """Print what the gate said of each version, a line a task."""
    heading("The gate")
    for logged in trained:
        task = logged.name.rpartition(".")[2]
        told = registry.version(shop.name, task, logged.version, mlruns=mlruns).tags["gate"]
        say(f"  {task} v{logged.version}: {told}", "" if told.startswith("passed") else "yellow")


def tell_folds(fitted: Fitted) -> None:
    """Print every metric fold by fold, the baselines beside the model, then over all folds."""
    heading(f"{fitted.model.task}: backtest")
    _tell_model(fitted)
    for fold in fitted.evaluation.folds:
        heading(
            f"  {fold.cutoff[:10]}, trained on cutoffs to {fold.trained_to[:10]}; {len(fold.customers):,} customers"
        )
        _beside(fold.metrics, fold.baseline_metrics)
    if fitted.evaluation.metrics:
        heading("  all folds")
        _beside(fitted.evaluation.metrics, fitted.evaluation.baseline_metrics)
    else:
        say("  Not judged: the history is too short for a backtest.")
    _tell_time(fitted)


def _tell_model(fitted: Fitted) -> None:
    model, evaluation = fitted.model, fitted.evaluation
    say(
        f"  {model.kind_told.replace('_', ' ')} on {counted(len(model.features), 'feature')}; "
        f"{counted(fitted.rows, 'row')} at {counted(len(model.cutoffs), 'cutoff')}, {model.cutoffs[0][:10]} to "
        f"{model.cutoffs[-1][:10]}."
    )
    for one in evaluation.tried:
        if one.failed:
            say(f"  {one.model_kind.replace('_', ' ')} did not pass the gate: {'; '.join(one.failed)}.", "dim")
    for model_kind, why in evaluation.closed.items():
        say(f"  {model_kind.replace('_', ' ')} was not open: {why}.", "dim")


def _tell_time(fitted: Fitted) -> None:
    own = {step: taken for step, taken in fitted.seconds.items() if step not in PREPARED}
    shared = _steps({step: fitted.seconds[step] for step in PREPARED if step in fitted.seconds})
    before = f"; before, once for all tasks: {shared}" if shared else ""
    say(f"  {sum(own.values()):.1f} seconds: {_steps(own)}{before}.", "dim")


def _steps(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{step} {taken:.1f}" for step, taken in seconds.items() if taken >= 0.05)


def _beside(metrics: Metrics, baselines: Mapping[str, Metrics]) -> None:
    rows = [
        [f"  {measure(name).title}", written(name, value), *(_figure(name, other) for other in baselines.values())]
        for name, value in metrics.items()
    ]
    table(("  metric", "Perennial", *(name.replace("_", " ") for name in baselines)), rows)


def _figure(name: str, metrics: Metrics) -> str:
    return written(name, metrics[name]) if name in metrics else "–"
