"""What age costs: `make bench-age`, or `python -m benchmarks.model_age [SHOP ...]`.

The customers of one cutoff are asked about by models whose training ended on that day and 28, 56, 84 and 168 days
earlier, as far as history goes. Features and the level of the period are the cutoff's own, as a night has them; only
what was learnt is old. Each row is a metric of one age with its difference from the model of that day, resampled over
customers. Rows go to benchmarks/results/model_age.json.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchmarks.scoreboard import THREADS, ahead_of
from benchmarks.shops import Case, cases
from benchmarks.tables import show, write
from features.build.store import FeatureStore
from features.clocks import add_days
from features.engine import DuckDB, Engine
from features.shop import home_folder
from scoring.release import Model
from scoring.scorer import Scorer
from training.evaluation.figures import differences, figures
from training.evaluation.folds import Fold
from training.fit import fit_prepared, prepare
from training.level.periods import level_at
from training.task import TaskError

AGES = (0, 28, 56, 84, 168)  # days
TOLD = {"churn": ("log_loss", "auc", "brier"), "next_purchase": ("days_rmse", "spend_spearman", "days_totals_ratio")}


def main(paths: Sequence[str]) -> None:
    """Judge every shop at its last cutoff, print the rows and write them."""
    engine = DuckDB()
    rows = [row for case in cases(paths, engine) if case.cutoffs for row in judged(case, engine)]
    engine.close()
    show("What a model loses with age, beside the one trained on the day", rows)
    write("model_age", rows)


def judged(case: Case, engine: Engine) -> Iterator[dict[str, object]]:
    """A row a task, age and metric."""
    cutoff = case.cutoffs[-1]
    asked = {age: _asked(case, cutoff, age, engine) for age in AGES}
    for task, told in TOLD.items():
        young = asked[0].get(task)
        for age, found in asked.items():
            if young is None or task not in found:
                continue
            fold = replace(found[task], baselines={"young": young.answers})
            gaps = differences([fold])["young"]
            for metric in told:
                gap = gaps.get(metric) if age else None  # totals have no better and worse
                yield {
                    "shop": case.shop.name,
                    "task": task,
                    "customers": len(fold.customers),
                    "age": age,
                    "metric": metric,
                    "value": round(fold.metrics[metric], 4),
                    "difference": round(gap.value, 4) if gap else None,
                    "low": round(gap.low, 4) if gap else None,
                    "high": round(gap.high, 4) if gap else None,
                }


def _asked(case: Case, cutoff: datetime, age: int, engine: Engine) -> dict[str, Fold]:
    """Task → the customers of the cutoff and the answers of a model of that age; empty where history is too short."""
    store = FeatureStore(home_folder() / "features" / case.shop.name)
    try:
        context = prepare(
            case.shop,
            add_days(cutoff, -age),
            engine=engine,
            horizon_days=case.horizon_days,
            active_within_days=case.active_within_days,
            store=store,
            threads=THREADS,
        )
    except TaskError:
        return {}
    own = context.data.parameters
    as_learnt = replace(context.data, parameters={**own, cutoff: own[context.until]} if own else own)
    ahead = ahead_of(replace(context, until=cutoff, data=as_learnt), store)
    found = {}
    for task in TOLD:
        try:
            with tempfile.TemporaryDirectory() as folder:
                model = fit_prepared(task, context, folder=Path(folder)).model
        except TaskError:
            continue
        model = _at(model, case, cutoff, engine)
        answers = Scorer([model], ahead.data.references, threads=THREADS).answers(ahead.data.features)
        found[task] = Fold(
            cutoff=f"{cutoff:%Y-%m-%d}",
            trained_to=model.cutoffs[-1],
            customers=ahead.data.customers,
            truth=dict(ahead.labels),
            answers=answers,
            baselines={},
            metrics=figures(ahead.labels, answers),
        )
    return found


def _at(model: Model, case: Case, cutoff: datetime, engine: Engine) -> Model:
    """The model at the level of the horizon from the cutoff, by its own parameters."""
    if model.level is None:
        return model
    level = level_at(case.shop, cutoff, model.horizon_days, model.lag_days, model.habits, engine)
    return replace(model, level=level.widened(model.unexplained))


if __name__ == "__main__":
    main(sys.argv[1:])
