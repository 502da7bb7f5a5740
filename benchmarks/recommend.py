"""Recommended products beside simple rules: `python -m benchmarks.recommend [SHOP ...]`.

k = 10 products for the 14 days after four cutoffs, all products and discoveries (never bought before) alone; each
cutoff's model learnt from the three windows before it. Without a SHOP: Complete Journey at 2017-09-13, 10-04, 10-25
and 11-15. Of another shop the newest four windows. Differences are paired by customer, all windows together.

Beside: coverage, the share of the products sold within 28 days that stand on a list of a thousand customers, and
novelty, the mean of −log2 (share of customers who ever bought it) over what is listed; both are means of the windows.
"""

import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from scoring.products.candidates import GOODS
from scoring.products.pairs import Pairs
from scoring.products.ranker import Ranker, top
from scoring.products.rules import WAYS, listed
from training.backtest.product_lists import judge
from training.data.horizon import propose, span
from training.data.persons import with_persons
from training.data.product_windows import Scope, Window, some, window_at
from training.evaluation.bootstrap import Interval
from training.evaluation.figures import differences, intervals
from training.evaluation.folds import Fold
from training.learners.products.product_lists import K
from training.learners.products.ranking import fit_ranking
from training.tasks.recommendation import LEARNT

HORIZON = 14
WINDOWS = 4
COMPLETE_JOURNEY = tuple(datetime(2017, month, day) for month, day in ((9, 13), (10, 4), (10, 25), (11, 15)))
OURS = "perennial"
METRICS = ("recommend_recall", "recommend_ndcg", "discovery_recall", "discovery_ndcg")
_BREADTH_OF = 1_000  # customers
_CHUNK = 250

Breadth = dict[str, tuple[float, float]]  # way of ranking → coverage and novelty


@dataclass(frozen=True)
class Judged:
    """A window's figures, and how broad and how novel the lists of each ranking are."""

    fold: Fold
    breadth: Breadth


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
    start, found = time.perf_counter(), []
    for cutoff in cutoffs:
        found.append(_window(shop, cutoff, engine))
        print(f"{shop.name} {cutoff:%Y-%m-%d}: {found[-1].fold.metrics[METRICS[1]]:.4f}", flush=True)
    folds = [one.fold for one in found]
    ours = intervals(folds, lambda fold: fold.answers)
    gaps, size = differences(folds), sum(len(fold.customers) for fold in folds)
    rows: list[dict[str, object]] = []
    for metric in METRICS:
        rows.append(_row(shop, metric, OURS, ours[metric]) | {"windows": len(folds), "customers": size})
        for name in WAYS:
            given = intervals(folds, partial(_given, name))[metric]
            gap = gaps[name][metric]
            told = {"perennial − it": round(gap.value, 4), "gap low": round(gap.low, 4), "gap high": round(gap.high, 4)}
            rows.append(_row(shop, metric, name, given) | told)
    rows[0]["seconds"] = round(time.perf_counter() - start, 1)
    rows[0]["peak MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return [*rows, *_breadth_rows(shop, [one.breadth for one in found])]


def _breadth_rows(shop: Shop, found: list[Breadth]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i, metric in enumerate(("coverage", "novelty")):
        for way in (OURS, *WAYS):
            value = round(float(np.mean([one[way][i] for one in found])), 4)
            rows.append({"shop": shop.name, "metric": f"{metric}@{K}", "ranking": way, "value": value})
    return rows


def _row(shop: Shop, metric: str, ranking: str, found: Interval) -> dict[str, object]:
    shown = {"value": round(found.value, 4), "low": round(found.low, 4), "high": round(found.high, 4)}
    return {"shop": shop.name, "metric": f"{metric}@{K}", "ranking": ranking, **shown}


def _window(shop: Shop, cutoff: datetime, engine: Engine) -> Judged:
    known = span(shop, cutoff, engine=engine)
    within = propose(shop, cutoff, engine=engine).active_within_days
    learnt = [cutoff - timedelta(days=HORIZON * number) for number in range(LEARNT, 0, -1)]
    with with_persons(shop, learnt[0], engine) as persons:
        seen = Scope(persons, cutoff, HORIZON, within, midnight(known.first), engine, threads=2)
        model, _ = fit_ranking(seen, [window_at(seen, one) for one in learnt])
        ahead = Scope(persons, add_days(cutoff, 10 * HORIZON), HORIZON, within, midnight(known.first), engine)
        window = window_at(ahead, cutoff)
        ways: Mapping[str, Callable[[Pairs], NDArray[np.float64]]] = {
            OURS: Ranker(model, threads=2).scores,
            **{way: partial(listed, way=way) for way in WAYS},
        }
        fold = judge(window, model, trained_to=learnt[-1], threads=2)
        return Judged(fold, breadth(window, ways))


def breadth(window: Window, ways: Mapping[str, Callable[[Pairs], NDArray[np.float64]]]) -> Breadth:
    """Coverage and novelty of the lists that each way of ranking gives a thousand customers."""
    rows = some(np.arange(len(window.customers)), _BREADTH_OF)
    shown: dict[str, list[NDArray[np.int64]]] = {way: [] for way in ways}
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        found, _ = window.pairs(part)
        for way, score in ways.items():
            shown[way] += [found.items[places] for places in top(found.owner, score(found), len(part), K)]
    goods = window.tables.goods
    sold, reach = goods[:, GOODS.index("popularity_28d")] > 0, goods[:, GOODS.index("reach")]
    told: Breadth = {}
    for way, lists in shown.items():
        items = np.concatenate(lists)
        coverage = sold[np.unique(items)].sum() / max(sold.sum(), 1)
        told[way] = float(coverage), float(-np.log2(np.maximum(reach[items], 1e-9)).mean())
    return told


def _given(name: str, fold: Fold) -> Mapping[str, NDArray[np.float64]] | None:
    return fold.baselines.get(name)


if __name__ == "__main__":
    main([str(Path(one)) for one in sys.argv[1:]])
