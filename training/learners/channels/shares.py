"""Shares that add up to 1: which promotion the next promoted lines come under, through which channel orders come.

A customer's own past is shrunk to the shop's habit; small trees then move the shares where they earn it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.safe_names import safe
from scoring.release import Head
from training.data.dataset import Dataset
from training.evaluation.metrics.functions import shares_log_loss
from training.learners.boosting import LEAF, SELECTED, SETTINGS
from training.learners.model_kinds import GRADIENT_BOOSTING, Heads

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDS = 70
_LEAF_ROWS = 100
_STRENGTHS = (5.0, 10.0, 20.0, 40.0, 80.0)  # lines by which a customer is shrunk to the shop
_RECENT = (0.0, 0.25, 0.5, 0.75)  # weight of the last 90 days beside everything
_SMALLEST_SHARE = 1e-3
FEWEST_ROWS = 500  # customers with an occurrence, before trees may move shares


@dataclass(frozen=True)
class Question:
    """Shares of what, and from which columns a customer's past is read.

    Attributes
    ----------
    kinds : tuple of str, k
    whole, recent : dict      kind → the column that counts it; `recent` may be empty
    counts : array (n, k)     how often each kind occurred in the horizon, rows as the dataset's
    """

    name: str
    kinds: tuple[str, ...]
    whole: Mapping[str, str]
    recent: Mapping[str, str]
    counts: Array

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers' names."""
        return tuple(f"{self.name}_{kind}" for kind in self.kinds)

    @property
    def outcome(self) -> Array:
        """What happened, as metrics take it."""
        return self.counts

    @property
    def derived(self) -> tuple[str, ...]:
        """The derived columns the shares start from."""
        return tuple(f"{self.name}_shrunk_{safe(kind)}" for kind in self.kinds)

    def past(self, data: Dataset, columns: Mapping[str, str], rows: Mask) -> Array:
        """How often each kind occurred before the cutoff; array (rows, k)."""
        return np.nan_to_num(np.stack([data.column(columns[kind])[rows] for kind in self.kinds], axis=1))


def priors(question: Question, data: Dataset, rows: Mask, at: datetime) -> dict[datetime, dict[str, float]]:
    """The parameters of the shrunk at each cutoff, and at `at`, the strength and weights fitted on `rows`.

    The shop's shares at a cutoff are those of its active customers; at `at` those of the newest cutoff learnt from.
    """
    latest = question.recent or question.whole
    shop = {cutoff: _shop_shares(question.past(data, latest, data.at(cutoff))) for cutoff in data.spine.cutoffs}
    newest = max(cutoff for cutoff in data.spine.cutoffs if data.at(cutoff)[rows].any())
    shop.setdefault(at, shop[newest])
    moments = data.spine.rows["cutoff"].to_numpy()[rows]
    prior = np.empty((len(moments), len(question.kinds)))
    for cutoff, shares in shop.items():
        prior[moments == np.datetime64(cutoff, "us")] = shares
    whole = question.past(data, question.whole, rows)
    recent = question.past(data, question.recent, rows) if question.recent else whole
    counts = question.counts[rows]

    def loss(pair: tuple[float, float]) -> float:
        strength, weight = pair
        shrunk = (1 - weight) * whole + weight * recent + strength * prior
        return shares_log_loss(counts, shrunk / shrunk.sum(axis=1, keepdims=True))

    strength, weight = min(product(_STRENGTHS, _RECENT if question.recent else (0.0,)), key=loss)
    common = {f"{question.name}_strength": strength, f"{question.name}_recent": weight}
    return {
        cutoff: {
            **common,
            **{f"{question.name}_share_{safe(kind)}": float(shares[i]) for i, kind in enumerate(question.kinds)},
        }
        for cutoff, shares in shop.items()
    }


def select_inputs(
    question: Question, data: Dataset, rows: Mask, allowed: set[str], threads: int, rounds: int = ROUNDS
) -> set[str]:
    """The inputs that gain most where all that are allowed may move the shares."""
    gain = _boosted(question, data, rows, allowed, threads, rounds=rounds).feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[:SELECTED]
    return {data.names[i] for i in best if gain[i] > 0}


def fit_shares(
    question: Question,
    model_kind: str,
    data: Dataset,
    rows: Mask,
    selected: set[str],
    threads: int,
    settings: Mapping[str, float] | None = None,
    rounds: int = ROUNDS,
) -> Heads:
    """The question's head with one kind of model; `data` holds the shrunk columns among its derived columns.

    `settings` of boosting are a user's own, as `boost` takes them; `rounds` is the number of trees a kind.
    """
    head = Head(question.name, "softmax", kinds=question.kinds, offsets=question.derived)
    if model_kind != GRADIENT_BOOSTING:
        return Heads((head,), {})
    file = f"{question.name}.txt"
    text = str(_boosted(question, data, rows, selected, threads, settings, rounds).model_to_string())
    return Heads((replace(head, booster=file),), {file: text})


def _boosted(
    question: Question,
    data: Dataset,
    rows: Mask,
    allowed: set[str],
    threads: int,
    other: Mapping[str, float] | None = None,
    rounds: int = ROUNDS,
) -> lgb.Booster:
    """Softmax on soft labels: a row a kind that occurred, weighted by its share."""
    kept = np.flatnonzero(rows & (question.counts.sum(axis=1) > 0))
    own = question.counts[kept] / question.counts[kept].sum(axis=1, keepdims=True)
    row, kind = np.nonzero(own)
    inputs = data.inputs[kept].copy()
    inputs[:, [i for i, name in enumerate(data.names) if name not in allowed]] = 0.0
    shrunk = np.log(np.stack([data.column(name)[kept] for name in question.derived], axis=1))
    chosen = {**SETTINGS, **(other or {})}
    settings: dict[str, Any] = {
        "min_data_in_leaf": max(1, round(_LEAF_ROWS * chosen.pop(LEAF, 1.0))),
        **chosen,
        "objective": "multiclass",
        "num_class": len(question.kinds),
        "num_threads": threads,
    }
    train = lgb.Dataset(
        inputs[row],
        kind,
        weight=own[row, kind],
        init_score=shrunk[row].ravel(order="F"),
        feature_name=list(data.names),
    )
    return lgb.train(settings, train, rounds)


def _shop_shares(past: Array) -> Array:
    total = past.sum(axis=0) + _SMALLEST_SHARE
    shares: Array = np.maximum(total / total.sum(), _SMALLEST_SHARE)
    shares /= shares.sum()
    return shares
