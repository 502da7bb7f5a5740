"""Recommended products beside simple rules: `python -m benchmarks.recommend [SHOP ...]`.

k = 10 products for the 14 days after four cutoffs, all products and discoveries (never bought before) alone; each
cutoff's model learnt from the three windows before it. Without a SHOP: Complete Journey at 2017-09-13, 10-04, 10-25
and 11-15. Of another shop the newest four windows. Differences are paired by customer, all windows together.
"""

import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import show, write
from features.clocks import add_days, midnight
from features.engine import DuckDB, Engine, opened
from features.samples.complete_journey import prepare
from features.shop import Shop, open_shop
from training.backtest.product_lists import judge
from training.data.horizon import propose, span
from training.data.persons import with_persons
from training.data.product_windows import Scope, window_at
from training.evaluation.bootstrap import Interval
from training.evaluation.figures import differences, intervals
from training.evaluation.folds import Fold
from training.learners.ranking import K, fit_ranking
from training.tasks.recommendation import LEARNT

HORIZON = 14
WINDOWS = 4
COMPLETE_JOURNEY = tuple(datetime(2017, month, day) for month, day in ((9, 13), (10, 4), (10, 25), (11, 15)))
OURS = "perennial"
METRICS = ("recommend_recall", "recommend_ndcg", "discovery_recall", "discovery_ndcg")
_BASELINES = ("decayed_frequency", "popular")


def main(paths: list[str]) -> None:
    """Judge each shop and write benchmarks/results/recommend.json."""
    rows: list[dict[str, object]] = []
    for path in paths or [""]:
        shop = open_shop(path or prepare())
        cutoffs = newest(shop) if path else COMPLETE_JOURNEY
        with opened(DuckDB(threads=2)) as engine:
            rows += judged(shop, cutoffs, engine)
    show("Recommended products, k = 10, 14 days", rows)
    print(write("recommend", rows))


def newest(shop: Shop) -> tuple[datetime, ...]:
    """The cutoffs of the last four windows that are over."""
    end = shop.default_cutoff()
    return tuple(add_days(end, -HORIZON * number) for number in range(WINDOWS, 0, -1))


def judged(shop: Shop, cutoffs: tuple[datetime, ...], engine: Engine) -> list[dict[str, object]]:
    """A row a metric: ours, each baseline's, and the differences with their 95 % intervals."""
    start, folds = time.perf_counter(), []
    for cutoff in cutoffs:
        folds.append(_fold(shop, cutoff, engine))
        print(f"{shop.name} {cutoff:%Y-%m-%d}: {folds[-1].metrics[METRICS[1]]:.4f}", flush=True)
    ours = intervals(folds, lambda fold: fold.answers)
    gaps, size = differences(folds), sum(len(fold.customers) for fold in folds)
    rows: list[dict[str, object]] = []
    for metric in METRICS:
        rows.append(_row(shop, metric, OURS, ours[metric]) | {"windows": len(folds), "customers": size})
        for name in _BASELINES:
            given = intervals(folds, partial(_given, name))[metric]
            gap = gaps[name][metric]
            told = {"perennial − it": round(gap.value, 4), "gap low": round(gap.low, 4), "gap high": round(gap.high, 4)}
            rows.append(_row(shop, metric, name, given) | told)
    rows[0]["seconds"] = round(time.perf_counter() - start, 1)
    return rows


def _row(shop: Shop, metric: str, ranking: str, found: Interval) -> dict[str, object]:
    shown = {"value": round(found.value, 4), "low": round(found.low, 4), "high": round(found.high, 4)}
    return {"shop": shop.name, "metric": f"{metric}@{K}", "ranking": ranking, **shown}


def _fold(shop: Shop, cutoff: datetime, engine: Engine) -> Fold:
    known = span(shop, cutoff, engine=engine)
    within = propose(shop, cutoff, engine=engine).active_within_days
    learnt = [cutoff - timedelta(days=HORIZON * number) for number in range(LEARNT, 0, -1)]
    with with_persons(shop, learnt[0], engine) as persons:
        seen = Scope(persons, cutoff, HORIZON, within, midnight(known.first), engine, threads=2)
        model, _ = fit_ranking(seen, [window_at(seen, one) for one in learnt])
        ahead = Scope(persons, add_days(cutoff, 10 * HORIZON), HORIZON, within, midnight(known.first), engine)
        return judge(window_at(ahead, cutoff), model, trained_to=learnt[-1], threads=2)


def _given(name: str, fold: Fold) -> Mapping[str, NDArray[np.float64]] | None:
    return fold.baselines.get(name)


if __name__ == "__main__":
    main([str(Path(one)) for one in sys.argv[1:]])
