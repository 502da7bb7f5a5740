"""The lists a ranking gives its customers, measured one by one, beside plain rules."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import numpy as np

from scoring.products.pairs import Pairs
from scoring.products.ranker import Ranker
from scoring.products.rules import WAYS, listed
from scoring.release import Model
from training.data.product_windows import Array, Rows, Window, some
from training.evaluation.figures import figures
from training.evaluation.folds import Fold
from training.evaluation.metrics.functions import ranked
from training.learners.products.product_lists import K

_JUDGED_CUSTOMERS = 5_000
_CHUNK = 400


def judge(window: Window, model: Model, *, trained_to: datetime, threads: int = 1) -> Fold:
    """The lists a model gives the customers of a window, measured one by one, beside plain rules."""
    rows = some(np.arange(len(window.customers)), _JUDGED_CUSTOMERS)
    ways: Mapping[str, Callable[[Pairs], Array]] = {
        "": Ranker(model, threads=threads).scores,
        **{way: partial(listed, way=way) for way in WAYS},
    }
    baselines = measured(window, rows, ways)
    answers = baselines.pop("")
    bought, new = window.counts()
    truth = {"bought": bought[rows], "bought_new": new[rows]}
    return Fold(
        cutoff=f"{window.cutoff:%Y-%m-%d}",
        trained_to=f"{trained_to:%Y-%m-%d}",
        customers=window.customers[rows],
        truth=truth,
        answers=answers,
        baselines=baselines,
        metrics=figures(truth, answers),
        baseline_metrics={name: figures(truth, given) for name, given in baselines.items()},
    )


def measured(window: Window, rows: Rows, ways: Mapping[str, Callable[[Pairs], Array]]) -> dict[str, dict[str, Array]]:
    """By way of ranking: recall@10 and NDCG@10 of each customer's list, of all products and of discoveries alone.

    NaN where nothing was bought.
    """
    bought, new = window.counts()
    found: dict[str, dict[str, list[Array]]] = {way: {} for way in ways}
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        shown, truth = window.pairs(part)
        for way, score in ways.items():
            scores = score(shown)
            for kind, kept, wanted in (("recommend", shown.own > -2, bought), ("discovery", shown.own < 0, new)):
                recall, ndcg = ranked(shown.owner[kept], scores[kept], truth[kept], wanted[part], K)
                found[way].setdefault(f"{kind}_recall", []).append(recall)
                found[way].setdefault(f"{kind}_ndcg", []).append(ndcg)
    return {way: {name: np.concatenate(parts) for name, parts in told.items()} for way, told in found.items()}
