"""Perennial beside simple alternatives on the same customers: `python -m benchmarks.scoreboard [SHOP ...]`.

Each test cutoff gets models trained on what was known before it, with training cutoffs that end one horizon earlier;
figures are means over the cutoffs, intervals resample customers.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import pareto_nbd
from benchmarks.boards import OURS, Row, difference_of, show_board, show_verdict
from benchmarks.shops import Case, cases
from benchmarks.tables import write
from features.build.build import build
from features.build.store import FeatureStore
from features.catalog import pick
from features.engine import DuckDB, Engine
from features.shop import home_folder
from features.spine import Spine
from scoring.derived.derived import history
from scoring.level import PeriodLevel
from scoring.release import Model
from scoring.scorer import Scorer
from training.backtest.context import Context
from training.data.dataset import Dataset, load_at
from training.data.labels import purchase_labels
from training.data.parameters import PAST
from training.evaluation.figures import differences, figures, intervals
from training.evaluation.folds import Fold
from training.fit import fit_prepared, prepare
from training.learners.baselines import churn_baselines, next_purchase_baselines
from training.learners.model_kinds import Learner
from training.learners.target import CHURN, DAYS, SPEND
from training.task import TaskError
from training.tasks.channel_questions import baseline_answers, questions

Array = NDArray[np.float64]

TASKS = ("churn", "next_purchase", "channel_preference")
THREADS = 2
_WEEK = 7
_EVER = 36_500  # days
_MOST = 1_000  # customers a peer is fitted on: four parameters are settled by then


@dataclass
class Judged:
    """What the cutoffs of a shop gave for one task."""

    folds: list[Fold] = field(default_factory=list)
    model_kinds: list[str] = field(default_factory=list)
    levels: list[PeriodLevel | None] = field(default_factory=list)
    seconds: float = 0.0


def main(paths: Sequence[str]) -> None:
    """Run every shop, print a table a task, and write benchmarks/results/scoreboard.json."""
    engine = DuckDB()
    rows = judge_all(cases(paths, engine), engine)
    engine.close()
    if not paths:
        write("scoreboard", [row._asdict() for row in rows])


def judge_all(shops: Iterable[Case], engine: Engine) -> list[Row]:
    """Judge shop by shop, print a table a task, and the verdict at the end."""
    rows: list[Row] = []
    for case in shops:
        for task, judged in scored(case, engine).items():
            if judged.folds:
                found = _rows(case.shop.name, task, judged)
                show_board(case.shop.name, task, judged.folds, found)
                rows += found
    show_verdict(rows)
    return rows


def scored(case: Case, engine: Engine) -> dict[str, Judged]:
    """Every task's folds, one a test cutoff."""
    found = {task: Judged() for task in TASKS}
    store = FeatureStore(home_folder() / "features" / case.shop.name)
    for cutoff in case.cutoffs:
        context = prepare(
            case.shop,
            cutoff,
            engine=engine,
            horizon_days=case.horizon_days,
            active_within_days=case.active_within_days,
            store=store,
            threads=THREADS,
        )
        ahead = ahead_of(context, store)
        peer = _pareto_nbd(context, ahead)
        for task, judged in found.items():
            start = time.perf_counter()
            model = _trained(task, context)
            if model is not None:
                judged.seconds += time.perf_counter() - start
                judged.model_kinds.append(model.model_kind)
                judged.levels.append(model.level)
                judged.folds.append(_fold(task, context, ahead, model, peer))
    return found


def _trained(task: str, context: Context) -> Model | None:
    """The task's model, by the same code that serves the product; None where the shop cannot have it."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return fit_prepared(task, context, folder=Path(folder)).model
    except TaskError:
        return None


def ahead_of(context: Context, store: FeatureStore) -> Context:
    """The customers active at the test cutoff, with what they did after it."""
    data = load_at(
        context.shop, context.data, context.until, context.active_within_days, engine=context.engine, store=store
    )
    end = context.until + timedelta(days=2 * context.horizon_days)
    until = end if end <= context.shop.default_cutoff() else context.until + timedelta(days=context.horizon_days)
    labels = purchase_labels(context.shop, data.spine, context.horizon_days, until, engine=context.engine)
    return replace(context, data=data, labels=labels, until=until)


def _pareto_nbd(context: Context, ahead: Context) -> dict[str, Array]:
    """Pareto/NBD fitted on everyone known before the cutoff, asked about the customers of the test."""
    ever = Spine.active(context.shop, [context.until], _EVER, engine=context.engine)
    known = build(context.shop, ever, pick(PAST), engine=context.engine)
    assert known is not None  # no `out` was given
    rows = np.random.default_rng(0).permutation(len(ever))[:_MOST]
    past = history({name: known[name].to_numpy()[rows] for name in PAST})
    if not past.repeats.any():
        return {}
    fitted, weeks = pareto_nbd.fit(past), context.horizon_days / _WEEK
    asked = {name: ahead.data.column(name) for name in PAST}
    orders = pareto_nbd.expected_orders(history(asked), weeks, **fitted)
    value = ahead.data.column("btyd_value") if "btyd_value" in ahead.data.names else np.full(len(orders), np.nan)
    return {
        CHURN.answer: pareto_nbd.probability_of_no_order(history(asked), weeks, **fitted),
        DAYS.answer: orders,
        SPEND.answer: orders * value,
    }


def _fold(task: str, context: Context, ahead: Context, model: Model, peer: Mapping[str, Array]) -> Fold:
    answers = Scorer([model], ahead.data.references, threads=context.threads).answers(ahead.data.features)
    rows = np.ones(len(ahead.data.spine), dtype=bool)
    train, test = _learner(context.data, context), _learner(ahead.data, context)
    truth: dict[str, np.ndarray] = dict(ahead.labels)
    if task == "churn":
        baselines = churn_baselines(train, test)
    elif task == "next_purchase":
        baselines = next_purchase_baselines(train, test, context.pace_days, context.horizon_days)
    else:
        learnt, asked = questions(context), questions(ahead)
        truth = {one.name: one.outcome[rows] for one in asked}
        baselines = baseline_answers(asked, ahead.data, rows, {one.name: one.counts for one in learnt})
    told = {name: values for name, values in peer.items() if name in answers and np.isfinite(values).all()}
    if told:
        baselines["pareto_nbd"] = told
    return Fold(
        cutoff=f"{context.until:%Y-%m-%d}",
        trained_to=model.cutoffs[-1],
        customers=ahead.data.customers,
        truth=truth,
        answers=answers,
        baselines=baselines,
        metrics=figures(truth, answers),
        baseline_metrics={name: figures(truth, given) for name, given in baselines.items()},
    )


def _learner(data: Dataset, context: Context) -> Learner:
    labels = context.labels if data is context.data else {}
    return Learner(data.names, data.inputs, labels, context.pace, threads=context.threads)


def _rows(shop: str, task: str, judged: Judged) -> list[Row]:
    """One row a model and metric; Perennial's difference from a model has a name of its own."""
    folds = judged.folds
    shared = [name for name in folds[0].baselines if all(name in fold.baselines for fold in folds)]
    folds = [replace(fold, baselines={name: fold.baselines[name] for name in shared}) for fold in folds]
    model_kind = ", ".join(dict.fromkeys(judged.model_kinds))
    picks: dict[str, Callable[[Fold], Mapping[str, Array]]] = {OURS: lambda fold: fold.answers}
    picks |= {name: lambda fold, name=name: fold.baselines[name] for name in shared}  # type: ignore[misc]
    found = {name: intervals(folds, pick) for name, pick in picks.items()}
    found |= {difference_of(name): gaps for name, gaps in differences(folds).items()}
    rows = [
        Row(shop, task, model, metric, one.value, one.low, one.high, model_kind if model == OURS else None)
        for model, metrics in found.items()
        for metric, one in metrics.items()
    ]
    return [*rows, Row(shop, task, OURS, "seconds", judged.seconds / len(folds), None, None, model_kind)]


if __name__ == "__main__":
    main(sys.argv[1:])
