"""Shops of single purchases: what becomes the model there, and which columns are not accused."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import DuckDB
from tests.shops import make_shop
from tests.training.learnable import START
from training.fit import fit_prepared, prepare
from training.learners.model_kinds import RULES
from training.learners.simple_kinds import SERVABLE
from training.tasks import churn_and_purchase


def _order(customer, moment, amount):
    day = START + timedelta(seconds=round(moment * 86_400))
    return {"order_id": f"{customer}-{moment}", "customer_id": customer, "happened_at": day, "amount": amount}


def _single_purchases(customers, days):
    """Of a hundred customers 92 buy once."""
    chance = np.random.default_rng(1)
    for number in range(customers):
        moment, left = chance.uniform(0, days), chance.poisson(8) if number % 100 >= 92 else 0
        while moment < days and left >= 0:
            yield _order(f"c{number:04d}", moment, round(float(chance.gamma(4, 10)) + 1, 2))
            moment, left = moment + chance.exponential(25) + 0.1, left - 1


def _marketplace(regulars, strangers, days):
    """Own customers who come about every fortnight, beside a marketplace that never names anybody twice."""
    chance = np.random.default_rng(1)
    for number in range(regulars):
        moment = chance.uniform(0, 30)
        while moment < days:
            yield _order(f"c{number:04d}", moment, 20.0)
            moment += chance.gamma(4, 3.5) + 0.5
    for number, moment in enumerate(chance.uniform(0, days, strangers)):
        yield _order(f"m{number:04d}", moment, 20.0)


def _prepared(folder, orders, until, horizon, active):
    engine = DuckDB(threads=1)
    found = prepare(
        make_shop(folder, orders=orders),
        START + timedelta(days=until),
        engine=engine,
        horizon_days=horizon,
        active_within_days=active,
    )
    return SimpleNamespace(context=found, engine=engine)


@pytest.fixture(scope="module")
def singles(tmp_path_factory):
    made = _prepared(tmp_path_factory.mktemp("shop"), list(_single_purchases(500, 420)), 360, 60, 150)
    yield made.context
    made.engine.close()


def test_no_rule_serves_beside_an_alternative_that_is_better(singles, tmp_path, monkeypatch):
    open_kinds = churn_and_purchase.closed_kinds
    monkeypatch.setattr(
        churn_and_purchase,
        "closed_kinds",
        lambda context: {kind: "" if kind == RULES else "closed" for kind in open_kinds(context)},
    )
    found = fit_prepared("churn", singles, folder=tmp_path)
    beside = {name: found.evaluation.baseline_metrics[name] for name in SERVABLE if name != "rfm_regression"}
    best = min(beside, key=lambda name: beside[name]["log_loss"])
    assert found.model.model_kind == best != "recency"
    assert found.evaluation.metrics["auc"] > beside["recency"]["auc"] + 0.03
    assert [one.model_kind for one in found.evaluation.tried][-1] == RULES


def test_what_serves_of_all_kinds_is_no_worse_than_any_that_may(singles, tmp_path):
    found = fit_prepared("churn", singles, folder=tmp_path)
    beside = [one["log_loss"] for name, one in found.evaluation.baseline_metrics.items() if name in SERVABLE]
    assert found.evaluation.metrics["log_loss"] <= min(beside)


def test_no_column_of_ours_is_accused_where_ids_change_with_every_order(tmp_path):
    made = _prepared(tmp_path, list(_marketplace(60, 700, 300)), 260, 28, 91)
    found = fit_prepared("churn", made.context, folder=tmp_path / "model")
    made.engine.close()
    leaks = found.evaluation.leaks
    assert leaks.strongest_auc > 0.95
    assert leaks.strongest_auc <= leaks.limit
    assert leaks.trusted == ()
