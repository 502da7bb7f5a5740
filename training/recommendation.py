"""Recommendation: which products a customer buys next, repeats and discoveries ranked by trees of their own.

Two LambdaRank boosters, one over what the customer bought before and one over what is new, because what speaks for a
repeat (its own rhythm) says nothing of a discovery. Each is calibrated to the probability of being bought, and there
the two meet in one list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import lightgbm as lgb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.candidates import bought_next, last_stores
from features.clocks import add_days
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine
from serving.candidates import Candidates
from serving.pairs import OWN_ONLY, PAIRS, REFERENCES, Pairs, pairs
from serving.ranking import DISCOVERY, REPEAT, TASK, Ranker
from serving.release import Head, Model, Term, booster_of
from training.calibration import calibrated
from training.context import Context, Learned
from training.evaluate import differences, figures, summary
from training.fitted import Evaluation, Fold
from training.metrics import ranked
from training.persons import with_persons
from training.rungs import GRADIENT_BOOSTING
from training.shelves import candidates_at, places
from training.task import TaskError

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Part = tuple[NDArray[np.float32], Array, NDArray[np.int64]]  # matrix, what was bought, sizes of the lists

K = 10
JUDGED, LEARNT = 2, 3  # cutoffs: judged in the backtest; learnt from by each fit
FEWEST = 500  # products bought again, below which own frequency ranks as well
_CUSTOMERS = 1_500  # of each cutoff, that a fit learns from
_JUDGED_CUSTOMERS = 5_000
_CHUNK = 400
_ROUNDS = 40
_SETTINGS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 2 * K,
    "learning_rate": 0.15,
    "num_leaves": 8,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
    "seed": 1,
}
_POPULAR = Term("popular_place", -0.5, centre=3.0, log=True)  # what ranks discoveries where too few were made


@dataclass(frozen=True)
class Scope:
    """What a ranking is asked about; `until` bounds what may be known, of outcomes too."""

    shop: Shop
    until: datetime
    horizon_days: int
    active_within_days: int
    data_from: datetime
    engine: Engine
    threads: int = 1


@dataclass(frozen=True)
class Window:
    """One cutoff: who was asked, what there was to recommend, and what was bought in the horizon.

    Attributes
    ----------
    customers : array (n,), str
    rows, stores : arrays (n,)      the customers' rows in the tables and their last stores
    who, product : int64 arrays     all that was bought: the customer's row and the product's place, one beyond the
        last for a product not known at the cutoff
    """

    cutoff: datetime
    customers: NDArray[np.str_]
    tables: Candidates
    stores: NDArray[np.int64]
    who: NDArray[np.int64]
    product: NDArray[np.int64]

    def pairs(self, rows: Rows) -> tuple[Pairs, NDArray[np.bool_]]:
        """The pairs of some customers (owner is the place within `rows`), and which of them were bought."""
        found = pairs(self.tables, rows, self.stores[rows])
        width = len(self.tables.products) + 1
        return found, np.isin(rows[found.owner] * width + found.items, self.who * width + self.product)

    def counts(self) -> tuple[Array, Array]:
        """Products each customer bought, and those of them that were new to the customer."""
        width, n = len(self.tables.products) + 1, len(self.customers)
        personal = self.tables.personal
        owner = np.repeat(np.arange(n), np.diff(personal.offsets))
        new = ~np.isin(self.who * width + self.product, owner * width + personal.items)
        both = (np.bincount(who, minlength=n).astype(np.float64) for who in (self.who, self.who[new]))
        bought, first = both
        return bought, first


def learn(context: Context) -> Learned:
    """Judge on the newest cutoffs with models trained one horizon earlier, then fit on the newest for good.

    Raises
    ------
    TaskError   if the shop has no order lines, or too little was bought again
    """
    if not context.shop.has("order_lines"):
        raise TaskError(f"recommendation needs order_lines; '{context.shop.name}' has none. Add them to shop.toml.")
    scope = Scope(
        context.shop,
        context.until,
        context.horizon_days,
        context.active_within_days,
        context.data_from,
        context.engine,
        context.threads,
    )
    newest = _apart(context, context.plan.training)[-LEARNT:]
    judged = [fold.cutoff for fold in context.plan.folds][-JUDGED:]
    learnt = {cutoff: _apart(context, context.plan.before(cutoff))[-LEARNT:] for cutoff in judged}
    wanted = sorted({*newest, *judged, *(one for cutoffs in learnt.values() for one in cutoffs)})
    with context.seconds.of("candidates"), with_persons(context.shop, wanted[0], context.engine) as shop:
        windows = {}
        for number, cutoff in enumerate(wanted):
            context.progress("gathering products to recommend", number, len(wanted))
            windows[cutoff] = window_at(replace(scope, shop=shop), cutoff)
    if sum(len(one.who) for one in windows.values()) < FEWEST:
        raise TaskError(
            f"recommendation needs {FEWEST} products bought after its cutoffs, '{context.shop.name}' has fewer. "
            "Until then own products by frequency and popular ones stand in."
        )
    folds = []
    for number, cutoff in enumerate(cutoff for cutoff in judged if learnt[cutoff]):
        context.progress("backtest of recommendation", number, len(judged))
        with context.seconds.of("backtest"):
            model, _ = fit_ranking(scope, [windows[one] for one in learnt[cutoff]])
        with context.seconds.of("evaluation"):
            folds.append(judge(windows[cutoff], model, trained_to=learnt[cutoff][-1], threads=context.threads))
    context.progress("fitting recommendation on the newest cutoffs")
    with context.seconds.of("fitting"):
        model, boosters = fit_ranking(scope, [windows[one] for one in newest])
    with context.seconds.of("evaluation"):
        return Learned(model, boosters, evaluation(context, folds, model))


def window_at(scope: Scope, cutoff: datetime) -> Window:
    """A cutoff's tables and outcomes, for the customers active at it."""
    asked = Spine.active(scope.shop, [cutoff], scope.active_within_days, engine=scope.engine)
    ids = asked.rows["customer_id"].combine_chunks()
    last = last_stores(scope.shop, cutoff, engine=scope.engine) if "store_id" in scope.shop.present["orders"] else None
    names = sorted(set(last["store_id"].to_pylist())) if last is not None else []
    stores = np.full(len(ids), -1, dtype=np.int64)
    if last is not None:
        at, known = places(last["customer_id"], ids)
        stores[at[known]] = places(last["store_id"], pa.array(names, pa.string()))[0][known]
    tables = candidates_at(scope.shop, cutoff, ids, names, engine=scope.engine)
    outcome = bought_next(scope.shop, cutoff, scope.horizon_days, scope.until, engine=scope.engine)
    who, asked_for = places(outcome["customer_id"], ids)
    product, known = places(outcome["product_id"], pa.array(tables.products, pa.string()))
    product[~known] = len(tables.products)  # never seen before the cutoff: bought, but nothing could recommend it
    return Window(cutoff, np.array(ids.to_pylist()), tables, stores, who[asked_for], product[asked_for])


def fit_ranking(scope: Scope, windows: Sequence[Window]) -> tuple[Model, Mapping[str, str]]:
    """The model learnt from some windows, boosters loaded, and the boosters' texts by file name."""
    chosen = [_sampled(window) for window in windows]
    heads, texts = [], {}
    for name, repeats in ((REPEAT, True), (DISCOVERY, False)):
        head, text = _head(name, [_part(found, truth, repeats) for found, truth in chosen], scope.threads)
        heads.append(head)
        if head.booster:
            texts[head.booster] = text
    model = Model(
        task=TASK,
        shop=scope.shop.name,
        rung=GRADIENT_BOOSTING,
        horizon_days=scope.horizon_days,
        active_within_days=scope.active_within_days,
        until=f"{scope.until:%Y-%m-%d}",
        data_from=f"{scope.data_from:%Y-%m-%d}",
        cutoffs=tuple(f"{window.cutoff:%Y-%m-%d}" for window in windows),
        features=REFERENCES,
        derived=(),
        parameters={},
        heads=tuple(heads),
        boosters={name: booster_of(text, len(PAIRS)) for name, text in texts.items()},
    )
    return model, texts


def judge(window: Window, model: Model, *, trained_to: datetime, threads: int = 1) -> Fold:
    """The lists a model gives the customers of a window, measured one by one, beside two simple rules."""
    rows = _some(np.arange(len(window.customers)), _JUDGED_CUSTOMERS)
    ways = {"": Ranker(model, threads=threads).scores, "decayed_frequency": by_frequency, "popular": by_popularity}
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


def by_frequency(found: Pairs) -> Array:
    """Personal frequency decayed over 90 days, filled with what is popular in the whole shop."""
    own, popular = (found.column(name).astype(np.float64) for name in ("own_place", "popular_place"))
    filled = np.where(np.isnan(popular), 0.0, 1 / (1 + popular))
    return np.where(np.isnan(own), filled, 2 + 1 / (1 + own))


def by_popularity(found: Pairs) -> Array:
    """What is popular in the whole shop, for everybody."""
    popular = found.column("popular_place").astype(np.float64)
    return np.where(np.isnan(popular), 0.0, 1 / (1 + popular))


def _head(name: str, parts: Sequence[Part], threads: int) -> tuple[Head, str]:
    matrix, truth, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    file = f"{name}.txt"
    if truth.sum() < FEWEST:
        head = Head(name, "logit", terms=(_POPULAR,))
        text, score = "", _rules_score(head, matrix)
    else:
        text = _boosted(matrix, truth, sizes, threads)
        head = Head(name, "logit", booster=file)
        score = np.asarray(booster_of(text, len(PAIRS)).predict(matrix, raw_score=True, num_threads=threads))
    # The scores of a ranking have no scale of their own: nothing is believed of it beforehand.
    affine = calibrated(truth, score, "logit", intercept_spread=10.0, slope_spread=10.0)
    return replace(head, intercept=affine.intercept, slope=affine.slope), text


def _boosted(matrix: NDArray[np.float32], truth: Array, sizes: NDArray[np.int64], threads: int) -> str:
    """LambdaRank over the lists with something bought: from others no order can be learnt."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    telling = np.bincount(owner, truth, len(sizes)) > 0
    rows = telling[owner]
    train = lgb.Dataset(matrix[rows], truth[rows], group=sizes[telling], feature_name=list(PAIRS))
    leaf = int(np.clip(rows.sum() // 2_000, 20, 200))
    settings = {**_SETTINGS, "min_data_in_leaf": leaf, "num_threads": threads}
    return str(lgb.train(settings, train, _ROUNDS).model_to_string())


def _rules_score(head: Head, matrix: NDArray[np.float32]) -> Array:
    (term,) = head.terms
    values = np.log1p(matrix[:, PAIRS.index(term.feature)].astype(np.float64))
    return term.weight * np.where(np.isnan(values), 0.0, values - term.centre)


def _sampled(window: Window) -> tuple[Pairs, NDArray[np.bool_]]:
    return window.pairs(_some(np.arange(len(window.customers)), _CUSTOMERS))


def _part(found: Pairs, truth: NDArray[np.bool_], repeats: bool) -> Part:
    kept = (found.own >= 0) == repeats
    matrix = found.matrix[kept]
    if not repeats:  # what is said of own purchases is missing for every discovery
        matrix[:, [PAIRS.index(name) for name in OWN_ONLY]] = np.nan
    _, sizes = np.unique(found.owner[kept], return_counts=True)
    return matrix, truth[kept].astype(np.float64), sizes


def _some(rows: Rows, most: int) -> Rows:
    """At most so many, the same ones every time."""
    return rows if len(rows) <= most else np.sort(np.random.default_rng(1).choice(rows, most, replace=False))


def _apart(context: Context, cutoffs: Sequence[datetime]) -> list[datetime]:
    """Cutoffs whose horizons do not overlap, counted back from the newest."""
    found: list[datetime] = []
    for cutoff in reversed(cutoffs):
        if not found or add_days(cutoff, context.horizon_days) <= found[-1]:
            found.append(cutoff)
    return found[::-1]


def evaluation(context: Context, folds: Sequence[Fold], model: Model) -> Evaluation:
    """The folds' figures beside each baseline's."""
    own = summary(folds, lambda fold: fold.answers)
    names = tuple(folds[0].baselines) if folds else ()
    return Evaluation(
        metrics={name: own[name] for name in context.task.metrics if name in own},
        baseline_metrics={name: summary(folds, partial(_baseline, name)) for name in names},
        differences=differences(folds),
        folds=tuple(folds),
        importance=_importance(model),
        slices=(),
        rungs={},
        closed={},
    )


def _baseline(name: str, fold: Fold) -> Mapping[str, Array] | None:
    return fold.baselines.get(name)


def _importance(model: Model) -> dict[str, float]:
    """An input's share of the gain of both boosters."""
    gain = np.zeros(len(PAIRS))
    for booster in model.boosters.values():
        own = booster.feature_importance("gain")
        gain += own / max(own.sum(), 1e-12) / len(model.boosters)
    return {PAIRS[i]: float(gain[i]) for i in np.argsort(-gain, kind="stable") if gain[i] > 0}
