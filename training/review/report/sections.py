"""What the report shows of a fit, section by section."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from decisions.worth.worth import YEAR_DAYS, value_at_stake
from features.shop import Shop
from reporting.charts import Chart, bars, lines, money, points
from reporting.page import PageTable, Section
from training.evaluation import curves
from training.evaluation.folds import Evaluation, Fitted
from training.evaluation.metrics.measures import difference_table, figure_table, measure
from training.evaluation.pooled import MODEL, PROBABILITY, PooledAnswer, by_fold, cutoffs, judged, past_spend, quantiles
from training.review.report import behaviour
from training.review.words import labels
from training.task import Task

_ASSUMED_COST, _ASSUMED_EFFECT = 1.0, 0.05  # to start the money chart with, where the shop states no offer
_FEATURES = 20
_SHARES = {"xUnit": "%", "yUnit": "%", "xRange": [0, 1]}


def sections(fitted: Fitted, task: Task, shop: Shop, golden: Mapping[str, Any]) -> list[Section]:
    """All sections but the verdict and the champion's, which a later review writes anew."""
    evaluation = fitted.evaluation
    return [
        _scores(evaluation),
        *(_probability(one, evaluation, shop) for one in judged(evaluation) if one.kind == PROBABILITY),
        *_amounts([one for one in judged(evaluation) if one.kind != PROBABILITY], shop),
        *_quantiles(evaluation),
        *_slices(evaluation),
        *segment_sections(evaluation),
        _folds(evaluation, task),
        _behaviour(fitted, golden),
        _ladder(fitted),
        _data(fitted, shop),
    ]


def _scores(evaluation: Evaluation) -> Section:
    text = (
        "On cutoffs no model had seen, all on the same rows. A figure is the mean of the folds', but "
        "calibration, outcomes below a quantile and shares without one, which need all folds' rows together. "
        "Ties: AUC counts one half, the top 10 % share their last places among equal scores, average precision "
        "takes equal scores together. "
        "Differences are paired; their intervals come from drawing customers anew, with all their rows. All of it "
        "follows from review/folds.parquet by python -m training.evaluation.recompute."
    )
    tables = [
        PageTable(header, rows, header[:1]) for header, rows in (figure_table(evaluation), difference_table(evaluation))
    ]
    return Section("Beside the baselines", text, tables)


def _probability(one: PooledAnswer, evaluation: Evaluation, shop: Shop) -> Section:
    text = f"{len(one.truth):,} rows, {one.truth.mean():.1%} of them left."
    if one.truth.min() == one.truth.max():
        return Section(one.title, text)
    return Section(one.title, text, charts=[*_ranking(one), *_money(one, evaluation, shop), *_levels(one)])


def _amounts(found: Sequence[PooledAnswer], shop: Shop) -> list[Section]:
    charts = []
    for one in found:
        unit = {"currency": shop.currency}.get(one.unit, one.unit)
        axis = {"xUnit": "%", "yUnit": "%"} if one.unit == "share" else {}
        groups = {name: curves.level(one.truth, score) for name, score in one.scores.items()}
        note = f"{len(one.truth):,} rows, mean {one.truth.mean():.3g} {unit if one.unit != 'share' else ''}".rstrip()
        told = f", {unit}" if unit else ""
        charts.append(points(one.title, f"mean predicted{told}", f"mean actual{told}", groups, note=note, **axis))
    return [Section("Predicted and actual, tenths of the customers", charts=charts)] if charts else []


def _ranking(one: PooledAnswer) -> list[Chart]:
    caught = {name: curves.gains(one.truth, score) for name, score in one.scores.items()}
    roc = {name: curves.roc(one.truth, score) for name, score in one.scores.items()}
    precise = {name: curves.precision_recall(one.truth, score) for name, score in one.scores.items()}
    lifts = {name: curves.lift(line) for name, line in caught.items()}
    share = "share contacted, likeliest first"
    return [
        lines("ROC", "false positive rate", "true positive rate", roc, yRange=[0, 1], **_SHARES),
        lines("Precision and recall", "share of leavers found", "share of leavers among those named", precise,
              yRange=[0, 1], **_SHARES),
        lines("Gains", share, "share of leavers among them", caught, yRange=[0, 1], **_SHARES),
        lines("Lift", share, "times a random pick", lifts, xUnit="%", xRange=[0, 1]),
    ]  # fmt: skip


def _levels(one: PooledAnswer) -> list[Chart]:
    model = one.scores[MODEL]
    groups = {
        name: curves.calibration(one.truth, score)
        for name, score in one.scores.items()
        if score.min() >= 0 and score.max() <= 1
    }
    edges = np.linspace(0, 1, 21)
    middles = (edges[1:] + edges[:-1]) / 2
    spread = {
        "left": curves.Curve(middles, curves.histogram(model[one.truth > 0], edges)),
        "stayed": curves.Curve(middles, curves.histogram(model[one.truth <= 0], edges)),
    }
    return [
        points("Calibration, tenths of the customers", "predicted", "observed", groups, xUnit="%", yUnit="%"),
        lines("Scores of those who left and who stayed", "probability", "share of them", spread, dots=True, **_SHARES),
    ]


def _money(one: PooledAnswer, evaluation: Evaluation, shop: Shop) -> list[Chart]:
    spent = past_spend(evaluation)
    if spent is None or (one.truth * spent).sum() <= 0:
        return []
    folds, margin = len(evaluation.folds), shop.settings.margin
    stake = value_at_stake(spent, 1.0 if margin is None else margin, YEAR_DAYS)
    ranked = one.scores[MODEL] * stake  # what an action is worth before its effect and cost, alike for everybody here
    caught, at_stake = (curves.gains(truth, ranked) for truth in (one.truth, one.truth * stake))
    leaving = float((one.truth * stake).sum()) / folds
    offer = shop.settings.offers.get("win_back_voucher")
    basis = "revenue, as the shop states no margin" if margin is None else f"margin ({margin:.0%} of revenue)"
    return [
        money(
            "What contacting is worth",
            shop.currency,
            round(len(one.truth) / folds),
            caught,
            curves.Curve(at_stake.x, at_stake.y * leaving),
            cost=float(offer.cost) if offer else _ASSUMED_COST,
            effect=offer.assumed_effect if offer else _ASSUMED_EFFECT,
            note="At one cutoff, those first whose churn probability × value at stake is largest, as a decision ranks "
            "them. Drawn is what was at stake with those who did leave: the past year standing for the next, as "
            f"{basis}. Cost and effect are assumptions until a trial has measured them; set your own.",
        )
    ]


def _quantiles(evaluation: Evaluation) -> list[Section]:
    unknown = evaluation.metrics.get("next_order_unknown_p90", 0.0)
    rows = [
        [
            name.replace("_", " "),
            *(f"{share:.1%}" for share in shares.values()),
            f"{unknown if name == 'next_order' else 0.0:.1%}",
        ]
        for name, shares in quantiles(evaluation).items()
    ]
    if not rows:
        return []
    header = ["forecast", "below p10", "below p50", "below p90", "without a p90"]
    text = (
        "Honest quantiles have 10, 50 and 90 % of the outcomes below them, of the customers who have that quantile: "
        "one beyond the forecast's reach, or beyond what was watched, is not judged. Ties are split at random: a whole "
        "day evenly, a spend of 0 by how likely it was."
    )
    return [Section("Quantiles", text, [PageTable(header, rows, ["forecast"])])]


def segment_sections(evaluation: Evaluation) -> list[Section]:
    """Which channel serves which segment: a table a kind, for the people who plan."""
    titles = {"contact": "chance of an answer", "purchase": "share of orders", "promotion": "share of promoted lines"}
    tables = []
    for kind, title in titles.items():
        found = [one for one in evaluation.segments if one.kind == kind]
        if found:
            channels = list(found[0].means)
            rows = [
                [f"{one.grouping}: {one.segment}".replace("_", " "), f"{one.customers:,}",
                 *(f"{one.means[channel]:.1%}" for channel in channels), next(iter(one.means)).replace("_", " ")]
                for one in found
            ]  # fmt: skip
            head = [f"segment, {title}", "customers", *(one.replace("_", " ") for one in channels), "best"]
            tables.append(PageTable(head, rows, [head[0], "best"]))
    text = "Means of the model's answers at the newest cutoff of the backtest; segments of at least twenty customers."
    return [Section("Which channel serves whom", text, tables)] if tables else []


def _slices(evaluation: Evaluation) -> list[Section]:
    if not evaluation.slices:
        return []
    rows = [
        [f"{one.name}: {one.value}".replace("_", " "), f"{one.rows:,}", f"{one.predicted:.3f}", f"{one.actual:.3f}",
         f"{one.calibration_error:.3f} {'✓' if one.passed else '✗'}", f"{one.allowed:.3f}"]
        for one in evaluation.slices
    ]  # fmt: skip
    charts = []
    for name in dict.fromkeys(one.name for one in evaluation.slices):
        found = sorted((one for one in evaluation.slices if one.name == name), key=lambda one: one.predicted)
        places = np.arange(len(found), dtype=np.float64)
        series = {
            "predicted": curves.Curve(places, np.array([one.predicted for one in found])),
            "actual": curves.Curve(places, np.array([one.actual for one in found])),
        }
        title, labels = name.replace("_", " "), [one.value.replace("_", " ") for one in found]
        told = [f"{one.rows:,} rows" for one in found]
        charts.append(lines(f"Score by {title}", title, "mean", series, xLabels=labels, dots=True, told=told))
    header = ["customers", "rows", "predicted", "actual", "calibration error", "allowed"]
    return [Section("Slices", "", [PageTable(header, rows, ["customers"])], charts)]


def _folds(evaluation: Evaluation, task: Task) -> Section:
    if not evaluation.folds:
        return Section("Backtest", "The history is too short for a backtest.")
    header = ["cutoff", "trained to", "rows"]
    rows = [[fold.cutoff, fold.trained_to, f"{len(fold.customers):,}"] for fold in evaluation.folds]
    shown = [metric.name for metric in task.metrics if metric.name in evaluation.folds[0].metrics]
    charts = []
    for name in shown if len(rows) > 1 else []:
        places = np.arange(len(rows), dtype=np.float64)
        series = {key: curves.Curve(places, np.array(found)) for key, found in by_fold(evaluation, name).items()}
        title = measure(name).title
        charts.append(lines(title, "cutoff", title, series, xLabels=cutoffs(evaluation), dots=True))
    text = "Each cutoff is judged by a model trained only on outcomes that were over by then."
    return Section("Reliability over the backtest", text, [PageTable(header, rows, ["cutoff", "trained to"])], charts)


def _behaviour(fitted: Fitted, golden: Mapping[str, Any]) -> Section:
    strongest = sorted(fitted.evaluation.importance.items(), key=lambda item: -item[1])[:_FEATURES]
    importance = {labels().column(name): share for name, share in strongest}
    charts = (
        [bars("What the model looks at", "share of what moves the answer", importance, xUnit="%")] if importance else []
    )
    charts += behaviour.examples(fitted.model, golden)
    charts += behaviour.effects(fitted.model, golden, fitted.evaluation.importance)
    text = (
        "Customers A, B and C and all whose answers are moved below are synthetic: nobody's data, drawn at random such "
        "that they could exist (a year holds what its months hold)."
    )
    return Section("What moves the answer", text, charts=charts)


def _ladder(fitted: Fitted) -> Section:
    evaluation, model = fitted.evaluation, fitted.model
    failed = {one.model_kind: "; ".join(one.failed) or "passed the gate" for one in evaluation.tried}
    losses = {name: f"{loss:.4f}" for name, loss in evaluation.model_kinds.items()}
    closed = {name: f"not open: {why}" for name, why in evaluation.closed.items()}
    rows = [
        [
            name.replace("_", " "),
            losses.get(name, "–"),
            failed.get(name, closed.get(name, "not needed")).replace("_", " "),
            "serves" if name == model.model_kind else "",
        ]
        for name in dict.fromkeys((*losses, *failed, *closed))
    ]
    text = f"Unproven, for nothing passed: {', '.join(model.unproven)}.".replace("_", " ") if model.unproven else ""
    header = ["kind of model", "validation loss", "failed checks of the gate", ""]
    return Section("Kinds of model that were tried", text, [PageTable(header, rows, header[:1] + header[2:])])


def _data(fitted: Fitted, shop: Shop) -> Section:
    model = fitted.model
    facts: Sequence[Sequence[str]] = [
        ["data", f"{model.data_from} to {model.until}; no row known on or after {model.until} was seen"],
        ["training cutoffs", f"{len(model.cutoffs)}: {model.cutoffs[0]} to {model.cutoffs[-1]}"],
        ["training rows", f"{fitted.rows:,}"],
        ["shop's digest", shop.digest],
        ["training data's digest", fitted.dataset_digest],
        *([f"digest of {name}", sha256] for name, sha256 in fitted.sha256s.items()),
        ["git", model.git_commit or "unknown"],
        *([f"seconds: {step}", f"{seconds:.1f}"] for step, seconds in fitted.seconds.items()),
    ]
    columns = ("read", "filtered", "duplicates", "guests", "erased", "accepted", "quarantined")
    read = [[one.table, *(f"{getattr(one, column):,}" for column in columns)] for one in shop.reconciliation]
    tables = [PageTable(["fact", "value"], facts, ["fact", "value"]), PageTable(["table", *columns], read, ["table"])]
    return Section("Data", "", tables)
