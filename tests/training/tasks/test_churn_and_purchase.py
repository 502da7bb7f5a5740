"""Which kind of model the folds choose."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import DuckDB
from tests.training.learnable import START, orders_only
from training.fit import prepare
from training.learners.target import CHURN as LEAVING
from training.tasks.churn import CHURN
from training.tasks.churn_and_purchase import Choices, _better_baselines, _chosen, trial_of

RNG = np.random.default_rng(0)
ROWS = 400
SMALL, LARGE, BROAD = "buy_till_you_die", "gradient_boosting", "broad_boosting"


class _Data:
    """The same customers at every cutoff."""

    customers = np.tile(np.arange(ROWS).astype(str), 3)

    def at(self, cutoff):
        return np.repeat(np.arange(3) == cutoff.month - 1, ROWS)


def context_of(folds):
    plan = SimpleNamespace(folds=[SimpleNamespace(cutoff=datetime(2026, month + 1, 1)) for month in range(folds)])
    return SimpleNamespace(plan=plan, data=_Data())


def choose(gain, folds=3, noise=0.5):
    """The choice where boosting is better by `gain` a row, give or take `noise`; a customer's gaps repeat by fold."""
    small = [RNG.random(ROWS) for _ in range(folds)]
    gaps = -gain + noise * RNG.normal(size=ROWS)
    large = [one + gaps - gaps.mean() - gain for one in small]
    return _chosen(context_of(folds), {"rules": [one + 0.3 for one in small], SMALL: small, LARGE: large})


def test_boosting_must_be_better_by_more_than_its_standard_error():
    error = 0.5 / np.sqrt(ROWS)  # not a third of it squared: the folds ask the same customers
    assert choose(2 * error) == LARGE
    assert choose(0.7 * error) == SMALL
    assert choose(-1.0) == SMALL


def test_one_fold_is_not_enough_for_boosting():
    assert choose(10.0, folds=1) == SMALL
    assert choose(10.0, folds=2) == LARGE


@pytest.mark.parametrize("better", ["rules", SMALL])
def test_of_the_small_kinds_the_better_one_stays(better):
    losses = {"rules": [np.full(ROWS, 0.4)], SMALL: [np.full(ROWS, 0.4)]}
    losses[better] = [np.full(ROWS, 0.3)]
    assert _chosen(context_of(1), losses) == better


@pytest.mark.parametrize(("broad", "expected"), [(0.28, BROAD), (0.32, LARGE)])
def test_of_the_boosted_kinds_the_better_one_is_held_against_the_small(broad, expected):
    losses = {SMALL: 0.4, LARGE: 0.3, BROAD: broad}
    assert _chosen(context_of(2), {kind: [np.full(ROWS, loss)] * 2 for kind, loss in losses.items()}) == expected


def test_what_did_better_in_the_rules_own_table_is_tried_before_them():
    """One purchase each is all most people ever make: a logistic regression once stood at .865 beside rules at .727."""
    context = SimpleNamespace(task=SimpleNamespace(main_metric="log_loss"))
    beside = {"plain_boosting": 0.31, "recency": 0.27, "rfm_logistic": 0.24, "buy_till_you_die": 0.20}
    baselines = {name: {"log_loss": loss} for name, loss in beside.items()}
    rules = SimpleNamespace(metrics={"log_loss": 0.30}, baseline_metrics=baselines)
    assert _better_baselines(context, rules) == ["rfm_logistic", "recency"]


def test_broad_boosting_looks_at_no_input_that_grows_with_the_history(tmp_path):
    """A window longer than what was seen before the first cutoff tells a later cutoff, not a better customer."""
    engine = DuckDB(threads=1)
    shop = orders_only(tmp_path, customers=60, days=200)
    context = prepare(shop, START + timedelta(days=190), engine=engine, horizon_days=28, active_within_days=91)
    trial = trial_of(replace(context, task=CHURN), BROAD, [LEAVING], None, Choices())
    engine.close()
    assert {"orders_365d", "orders", "spend_365d"} <= set(context.data.names)
    assert {"orders_365d", "orders", "spend_365d"}.isdisjoint(trial.data.names)
    assert {"orders_30d", "days_since_order", "btyd_no_order"} <= set(trial.data.names)
