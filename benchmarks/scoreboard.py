"""Perennial beside simple alternatives on the same customers: `python -m benchmarks.scoreboard [SHOP ...]`.

Each test cutoff gets models trained on what was known before it, with training cutoffs that end one horizon earlier;
figures are means over the cutoffs, intervals resample customers. The Complete Journey has four fixed cutoffs, which
nothing was tuned on; another shop gets as many as its history allows, one horizon apart.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.tables import show, write
from features.engine import DuckDB, Engine
from features.samples import complete_journey
from features.shop import Shop, home_folder, open_shop
from features.store import FeatureStore
from serving.release import Model
from serving.scorer import Scorer
from training.baselines import churn_baselines, next_purchase_baselines
from training.context import Context
from training.dataset import Dataset, load_at
from training.evaluate import differences, figures, intervals
from training.fit import fit_prepared, prepare
from training.fitted import Fold
from training.labels import purchase_labels
from training.proposal import propose, span
from training.questions import baseline_answers, questions
from training.rungs import Learner
from training.task import TaskError

CUTOFFS = {
    complete_journey.NAME: tuple(datetime(2017, month, day) for month, day in ((9, 4), (10, 2), (10, 30), (11, 27)))
}
TASKS = ("churn", "next_purchase", "channel_preference")
MOST_CUTOFFS = 4
OURS = "perennial"


def main(paths: Sequence[str]) -> None:
    """Run every shop, print the table and write benchmarks/results/scoreboard.json."""
    shops = [open_shop(complete_journey.prepare()), *(open_shop(path) for path in paths)]
    rows = [row for shop in shops for row in scored(shop)]
    write("scoreboard", rows)
    show("Scoreboard: means over the test cutoffs, 95 % intervals over customers", rows)


def scored(shop: Shop, threads: int = 2) -> list[dict[str, object]]:
    """One row a task, model and metric."""
    engine = DuckDB()
    proposal = propose(shop, shop.default_cutoff(), engine=engine)
    cutoffs = CUTOFFS.get(shop.name) or _last_cutoffs(shop, proposal.horizon_days, engine)
    folds: dict[str, list[Fold]] = {task: [] for task in TASKS}
    rungs: dict[str, list[str]] = {task: [] for task in TASKS}
    seconds = dict.fromkeys(TASKS, 0.0)
    store = FeatureStore(home_folder() / "features" / shop.name)
    for cutoff in cutoffs:
        context = prepare(
            shop,
            cutoff,
            engine=engine,
            horizon_days=proposal.horizon_days,
            active_within_days=proposal.active_within_days,
            store=store,
            threads=threads,
        )
        ahead = _ahead(context, store)
        for task in TASKS:
            start = time.perf_counter()
            model = _trained(task, context)
            if model is None:
                continue
            seconds[task] += time.perf_counter() - start
            rungs[task].append(model.rung)
            folds[task].append(_fold(task, context, ahead, model))
    engine.close()
    return [row for task in TASKS if folds[task] for row in _rows(shop, task, folds[task], rungs[task], seconds[task])]


def _last_cutoffs(shop: Shop, horizon_days: int, engine: Engine) -> list[datetime]:
    """Up to four cutoffs back from the last whose outcomes are known, none without two horizons before it."""
    until, first = shop.default_cutoff(), span(shop, shop.default_cutoff(), engine=engine).first
    steps = (until - timedelta(days=horizon_days * number) for number in range(1, MOST_CUTOFFS + 1))
    return sorted(cutoff for cutoff in steps if (cutoff - first).days > 3 * horizon_days)


def _trained(task: str, context: Context) -> Model | None:
    """The task's model, by the same code that serves the product; None where the shop cannot have it."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return fit_prepared(task, context, folder=Path(folder)).model
    except TaskError:
        return None


def _ahead(context: Context, store: FeatureStore) -> Context:
    """The customers active at the test cutoff, with what they did after it."""
    data = load_at(
        context.shop, context.data, context.until, context.active_within_days, engine=context.engine, store=store
    )
    end = context.until + timedelta(days=2 * context.horizon_days)
    until = end if end <= context.shop.default_cutoff() else context.until + timedelta(days=context.horizon_days)
    labels = purchase_labels(context.shop, data.spine, context.horizon_days, until, engine=context.engine)
    return replace(context, data=data, labels=labels, until=until)


def _fold(task: str, context: Context, ahead: Context, model: Model) -> Fold:
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
    return Fold(
        cutoff=f"{context.until:%Y-%m-%d}",
        trained_to=model.cutoffs[-1],
        customers=ahead.data.customers,
        truth=truth,
        answers=answers,
        baselines=baselines,
        metrics=figures(truth, answers),
    )


def _learner(data: Dataset, context: Context) -> Learner:
    labels = context.labels if data is context.data else {}
    return Learner(data.names, data.inputs, labels, context.pace, threads=context.threads)


def _rows(shop: Shop, task: str, folds: list[Fold], rungs: list[str], seconds: float) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for name, interval in intervals(folds, lambda fold: fold.answers).items():
        found.append(_row(shop, task, OURS, name, interval.value, interval.low, interval.high))
    for baseline in folds[0].baselines:
        figures_of = intervals(folds, lambda fold, baseline=baseline: fold.baselines[baseline])  # type: ignore[misc]
        for name, interval in figures_of.items():
            found.append(_row(shop, task, baseline, name, interval.value, interval.low, interval.high))
    for baseline, gaps in differences(folds).items():
        for name, gap in gaps.items():
            found.append(_row(shop, task, f"{OURS} − {baseline}", name, gap.value, gap.low, gap.high))
    found.append(_row(shop, task, OURS, "seconds", seconds / len(folds), None, None))
    return [{**row, "rung": ", ".join(dict.fromkeys(rungs)) if row["model"] == OURS else None} for row in found]


def _row(
    shop: Shop, task: str, model: str, metric: str, value: float, low: float | None, high: float | None
) -> dict[str, object]:
    return {"shop": shop.name, "task": task, "model": model, "metric": metric, "value": value, "low": low, "high": high}


if __name__ == "__main__":
    main(sys.argv[1:])
