"""The plots of a run: which curves are drawn for which answers, model and baselines in each."""

from matplotlib.figure import Figure

from training.evaluation import curves
from training.evaluation.folds import Evaluation
from training.evaluation.metrics.measures import measure, written
from training.evaluation.pooled import MODEL, PROBABILITY, PooledAnswer, by_fold, cutoffs, judged, quantiles
from training.review import plots
from training.review.words import labels

_MOST_FEATURES = 20
_CHANCE = curves.Curve(curves.UNIT, curves.UNIT)


def figures(evaluation: Evaluation, main_metric: str) -> dict[str, bytes]:
    """The plots as PNG by their path within the run; none where nothing was judged."""
    drawn: dict[str, Figure] = {}
    for one in judged(evaluation):
        drawn |= _probability(one, evaluation) if one.kind == PROBABILITY else _amount(one)
    if levels := quantiles(evaluation):
        drawn["quantile_coverage"] = plots.coverage(
            "Are the quantiles honest?",
            {name.replace("_", " "): shares for name, shares in levels.items()},
        )
    if evaluation.importance:
        drawn["importance"] = _importance(evaluation)
    drawn |= _folds(evaluation, main_metric)
    return {f"plots/{name}.png": plots.png(picture) for name, picture in drawn.items()}


def _probability(one: PooledAnswer, evaluation: Evaluation) -> dict[str, Figure]:
    if one.truth.min() == one.truth.max():
        return {}
    auc, precision = (_legends(evaluation, one, metric) for metric in ("auc", "average_precision"))
    error = _legends(evaluation, one, "calibration_error")
    gains = {name: curves.gains(one.truth, score) for name, score in one.scores.items()}
    return {
        "roc": plots.curves(
            f"{one.title}: ROC",
            "false positive rate",
            "true positive rate",
            {auc[name]: curves.roc(one.truth, score) for name, score in one.scores.items()},
            chance=_CHANCE,
        ),
        "precision_recall": plots.curves(
            f"{one.title}: precision and recall",
            "recall: share of leavers found",
            "precision: share of leavers among those named",
            {precision[name]: curves.precision_recall(one.truth, score) for name, score in one.scores.items()},
        ),
        "gains": plots.curves(
            f"{one.title}: gains",
            "share contacted, likeliest first",
            "share of leavers among them",
            gains,
            chance=_CHANCE,
        ),
        "lift": plots.curves(
            f"{one.title}: lift",
            "share contacted, likeliest first",
            "times a random pick",
            {name: curves.lift(line) for name, line in gains.items()},
        ),
        "calibration": plots.reliability(
            f"{one.title}: calibration",
            "predicted",
            "observed share, 95 % interval",
            {
                error[name]: curves.calibration(one.truth, score)
                for name, score in one.scores.items()
                if score.min() >= 0 and score.max() <= 1
            },
        ),
    }


def _amount(one: PooledAnswer) -> dict[str, Figure]:
    unit = f", {one.unit}" if one.unit not in ("", "share") else ""
    groups = {name: curves.level(one.truth, score) for name, score in one.scores.items()}
    title = f"{one.title}: predicted and actual, tenths of the customers"
    return {f"level_{one.name}": plots.reliability(title, f"mean predicted{unit}", f"mean actual{unit}", groups)}


def _importance(evaluation: Evaluation) -> Figure:
    largest = sorted(evaluation.importance.items(), key=lambda item: -item[1])[:_MOST_FEATURES]
    named = {labels().column(name): share for name, share in largest}
    return plots.bars("What the model looks at", "share of what moves the answer", named, {})


def _folds(evaluation: Evaluation, metric: str) -> dict[str, Figure]:
    if len(evaluation.folds) < 2:
        return {}
    title = measure(metric).title
    return {"folds": plots.folds(f"{title} over the backtest", title, cutoffs(evaluation), by_fold(evaluation, metric))}


def _legends(evaluation: Evaluation, one: PooledAnswer, metric: str) -> dict[str, str]:
    """Legend texts by name: the name and its figure where it is known."""
    figures = {MODEL: evaluation.metrics} | dict(evaluation.baseline_metrics)
    return {
        name: f"{name} {written(metric, figures[name][metric])}" if metric in figures.get(name, {}) else name
        for name in one.scores
    }
