"""The card of a version: one Markdown page that says what a model is for, and how far to trust it."""

from collections.abc import Sequence

import numpy as np

from training.data.sampling import Sample
from training.evaluation.folds import Evaluation, Fitted, Slice
from training.evaluation.leaks import Leaks
from training.evaluation.metrics.measures import difference_table, figure_table, measure
from training.review.words import labels
from training.task import Task

_MOST_SLICES = 12
_MEANS = {"churn": "no order", "days": "shopping days a customer", "spend": "spent a customer"}
_LONGEST = 5000  # characters a registry keeps of a description


def card(fitted: Fitted, task: Task, *, currency: str, gate: str = "") -> str:
    """The card as Markdown; shortened from its end where a registry could not keep it.

    `gate` is its answer when the model was trained; a later review signs the version's tags.
    """
    parts = [
        f"# {task.name} · {fitted.model.shop}",
        f"**{task.question}** Horizon: {fitted.model.horizon_days} days.",
        f"**Gate when trained:** {gate} Check by check in the run's artifact review/report.html." if gate else "",
        _facts(fitted, task, currency),
        "\n".join(f"- {note}" for note in fitted.evaluation.notes),
        _beside_baselines(fitted.evaluation),
        f"**Not for:** {task.not_for}",
        _calibration(fitted.evaluation),
        _treatment(fitted.evaluation),
        _leaks(fitted.evaluation.leaks),
        _model_kinds(fitted.evaluation),
        _time(fitted),
    ]
    text = "\n\n".join(_spaced(part) for part in parts if part)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2].rsplit("\n", 1)[0] + "\n…"


def _facts(fitted: Fitted, task: Task, currency: str) -> str:
    model = fitted.model
    eligible = task.eligible.replace("active_within days", f"{model.active_within_days} days")
    return _table(
        ("", ""),
        [
            ("Asked about", eligible),
            ("Answered by", f"{model.kind_told.replace('_', ' ')}, {_inputs(fitted)}"),
            ("Data", f"{model.data_from} to {model.until}; no row known on or after {model.until} was seen"),
            ("Training", f"{fitted.rows:,} rows at {_span(model.cutoffs)}"),
            *_sampled(fitted.sample),
            ("Judged at", _judged(fitted.evaluation)),
            *_base_rates(fitted.evaluation),
            ("Money", currency),
            ("Dataset", f"`{fitted.dataset_digest[:16]}`"),
            ("Code", f"git `{model.git_commit[:10] or 'unknown'}`"),
        ],
    )


def _sampled(sample: Sample | None) -> list[tuple[str, str]]:
    """Of which rows these are a sample, and what that adds to the error of what is learnt from them."""
    if sample is None:
        return []
    told = f"of {sample.rows:,} rows there are"
    if sample.every > 1:
        told += f", one cutoff in {sample.every} back from the last"
    if sample.share < 1:
        errors = (f"{_MEANS[name]} {_figure(name, error)}" for name, error in sample.errors.items())
        told += f", {sample.share:.1%} of the customers drawn by lot with all of their rows"
        told += f"; what the draw adds to the standard error of a mean: {', '.join(errors)}"
    return [("Sampled", told)]


def _figure(name: str, error: float) -> str:
    return f"{100 * error:.2f} points" if name == "churn" else f"{error:.2g}"


def _base_rates(evaluation: Evaluation) -> list[tuple[str, str]]:
    """What happened on the judged rows, without which no figure can be read."""
    told = []
    for name, what in _MEANS.items():
        known = [fold.truth[name] for fold in evaluation.folds if name in fold.truth]
        if known:
            mean = float(np.concatenate(known).mean())
            told.append(f"{what} {mean:.1%}" if name == "churn" else f"{what} {mean:.3g}")
    return [("What happened there", "; ".join(told))] if told else []


def _inputs(fitted: Fitted) -> str:
    derived = len(fitted.model.derived)
    return f"{len(fitted.model.features)} features" + (f" and {derived} derived from them" if derived else "")


def _judged(evaluation: Evaluation) -> str:
    if not evaluation.folds:
        return "no cutoff: the history is too short for a backtest"
    rows = sum(len(fold.customers) for fold in evaluation.folds)
    return (
        f"{rows:,} rows at {_span([fold.cutoff for fold in evaluation.folds])}, by models trained one horizon earlier"
    )


def _span(cutoffs: Sequence[str]) -> str:
    if len(cutoffs) <= 5:
        return f"{len(cutoffs)} cutoff{'s' if len(cutoffs) != 1 else ''} ({', '.join(cutoffs)})"
    return f"{len(cutoffs)} cutoffs, {cutoffs[0]} to {cutoffs[-1]}"


def _beside_baselines(evaluation: Evaluation) -> str:
    if not evaluation.metrics:
        return "## Beside the baselines\n\nNot judged: too little history for a backtest."
    note = "Differences are paired on the same rows; intervals by bootstrap over customers."
    tables = [_table(*figure_table(evaluation)), _table(*difference_table(evaluation))]
    return "\n\n".join(["## Beside the baselines", *map(_spaced, tables), note])


def _calibration(evaluation: Evaluation) -> str:
    if not evaluation.slices:
        return ""
    largest = sorted(evaluation.slices, key=lambda one: -one.rows)[:_MOST_SLICES]
    rows = [(_slice(one), f"{one.rows:,}", f"{one.predicted:.3f}", f"{one.actual:.3f}", _error(one)) for one in largest]
    known = evaluation.metrics.get("calibration_error")
    overall = "" if known is None else f"{measure('calibration_error').title} over ten equal groups: {known:.3f}.\n\n"
    return f"## Calibration\n\n{overall}{_table(('customers', 'rows', 'predicted', 'actual', 'error'), rows)}"


def _treatment(evaluation: Evaluation) -> str:
    if not evaluation.treatment:
        return ""
    rows = [(one.name, f"{one.rows:,}", f"{one.actual:.3f}", f"{one.predicted:.3f}") for one in evaluation.treatment]
    note = (
        "Treated: sent something within the horizon, or decided about and not left alone. Who is treated was chosen, "
        "so the difference is no effect, and the gate asks nothing of it."
    )
    told = _table(("customers", "rows", "actual", "predicted"), rows)
    return f"## Treated and untreated\n\n{note}\n\n{told}"


def _error(one: Slice) -> str:
    return f"{one.calibration_error:.3f} {'✓' if one.passed else '✗'} ({one.allowed:.3f})"


def _slice(one: Slice) -> str:
    return f"{one.name}: {one.value}".replace("_", " ")


def _leaks(leaks: Leaks | None) -> str:
    if leaks is None or not leaks.strongest:
        return ""
    told = (
        f"Strongest single column: {_called(leaks.strongest)}, AUC {leaks.strongest_auc:.3f}; "
        f"above {leaks.limit:.3g} training stops."
    )
    if leaks.trusted:
        told += f" **Vouched for by a person:** {', '.join(map(_called, leaks.trusted))}."
    if leaks.permuted_auc == leaks.permuted_auc:
        told += (
            f" Trained on shuffled labels: AUC {leaks.permuted_auc:.3f} (chance: .500 ± {leaks.permuted_error:.3f})."
        )
    return f"## Leak checks\n\n{told}"


def _called(column: str) -> str:
    return f"{labels().column(column)} (`{column}`)"


def _model_kinds(evaluation: Evaluation) -> str:
    tried = [
        f"- {model_kind.replace('_', ' ')}: validation loss {loss:.4f}"
        for model_kind, loss in evaluation.model_kinds.items()
    ]
    closed = [f"- {model_kind.replace('_', ' ')}: not open. {why}" for model_kind, why in evaluation.closed.items()]
    return "\n".join(["## Kinds of model", "", *tried, *closed]) if tried or closed else ""


def _time(fitted: Fitted) -> str:
    if not fitted.seconds:
        return ""
    steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in fitted.seconds.items())
    return f"## Time\n\n{steps}"


def _spaced(part: str) -> str:
    """Nor do they below a table: a paragraph of one hard space does."""
    return f"{part}\n\n\u00a0" if part.endswith("|") else part


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """MLflow's pages set no space between columns: two hard spaces at the end of a cell make it."""
    shown = [[cell.replace("|", "∣") + "\u00a0\u00a0" for cell in line] for line in (header, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (shown[0], ["---"] * len(header), *shown[1:]))
