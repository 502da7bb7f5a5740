"""Questions of a shop's own – whether, how often, how much – from the rows of a window to a judged model."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.engine import DuckDB
from features.shop import Shop
from features.spine import Spine
from tests.shops import make_shop
from tests.training.learnable import orders_only
from training.fit import fit_prepared, prepare
from training.review.gate import checks_of
from training.tasks.own_questions import how_many, how_much, yes_no

NOON = datetime(2026, 1, 10, 12)


def bought(name: str, customer: str, days: int, amount: int = 5) -> dict[str, object]:
    return {"order_id": name, "customer_id": customer, "happened_at": NOON + timedelta(days=days), "amount": amount}


def test_labels_say_yes_where_it_happened_and_the_other_way_round(tmp_path: Path) -> None:
    rows = [
        bought("1", "a", 0),
        bought("2", "a", 20),
        bought("3", "b", 0),
        bought("4", "c", 0, 90),
        bought("5", "c", 9),
    ]
    shop = make_shop(tmp_path, orders=rows)
    spine = Spine.of(["a", "b", "c"], [datetime(2026, 1, 15)])
    many = ("orders", lambda orders: orders.count(where=orders.kind == "order"))
    found = {
        happens: yes_no("again", "Again?", many, horizon="10d", happens=happens)
        .labels(shop, spine, 10, datetime(2026, 2, 1))["again"]
        .tolist()
        for happens in (True, False)
    }
    assert found == {True: [0.0, 0.0, 1.0], False: [1.0, 1.0, 0.0]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return orders_only(tmp_path_factory.mktemp("shop"))


def test_a_count_and_an_amount_are_what_the_window_holds_and_never_less_than_nothing(tmp_path: Path) -> None:
    rows = [bought("1", "a", 0), bought("2", "a", 8, 7), bought("3", "a", 9, -20), bought("4", "b", 0)]
    shop = make_shop(tmp_path, orders=rows)
    spine, args = Spine.of(["a", "b"], [datetime(2026, 1, 15)]), (10, datetime(2026, 2, 1))
    often = how_many("often", "How often?", ("orders", lambda orders: orders.count()), horizon="10d")
    money = how_much("money", "How much?", ("orders", lambda orders: orders.amount.sum()), horizon="10d")
    assert often.labels(shop, spine, *args)["often"].tolist() == [2.0, 0.0]
    assert money.labels(shop, spine, *args)["money"].tolist() == [0.0, 0.0]


def test_a_count_is_learnt_judged_and_held_to_its_total(shop: Shop, tmp_path: Path) -> None:
    days = ("orders", lambda orders: orders.happened_at.date().nunique())
    own = how_many("visits", "On how many days will the customer shop?", days, horizon="14d")
    engine = DuckDB(threads=1)
    context = prepare(shop, shop.default_cutoff(), engine=engine, horizon_days=14, active_within_days=60)
    ours = fit_prepared("next_purchase", context, folder=tmp_path / "n")
    found = fit_prepared(own, context, folder=tmp_path / "v")
    engine.close()
    for fold, same in zip(found.evaluation.folds, ours.evaluation.folds, strict=True):
        assert (fold.truth["visits"] == same.truth["days"]).all()
        assert (fold.answers["visits_expected"] > 0).all()
    assert set(found.evaluation.baseline_metrics) == {"recency", "rfm_regression", "plain_boosting"}
    assert set(found.evaluation.metrics) == {"rmse", "mae", "spearman", "totals_ratio"}
    assert found.evaluation.metrics["rmse"] < 1.1 * ours.evaluation.metrics["days_rmse"]
    assert any(check.name.startswith("visits expected") for check in checks_of(found, own, 0.001))


def test_it_is_learnt_and_judged_like_churn(shop: Shop, tmp_path: Path) -> None:
    count = ("orders", lambda orders: orders.count(where=orders.kind == "order"))
    own = yes_no("silent", "Will the customer stay away?", count, horizon="14d", happens=False)
    engine = DuckDB(threads=1)
    context = prepare(shop, shop.default_cutoff(), engine=engine, horizon_days=14, active_within_days=60)
    ours, found = (fit_prepared(task, context, folder=tmp_path / name) for name, task in (("c", "churn"), ("s", own)))
    engine.close()
    assert found.model.task == "silent"
    assert found.model.model_kind in ("rules", "regression", "gradient_boosting")
    for fold, same in zip(found.evaluation.folds, ours.evaluation.folds, strict=True):
        assert (fold.truth["silent"] == same.truth["churn"]).all()
        assert ((fold.answers["silent_probability"] > 0) & (fold.answers["silent_probability"] < 1)).all()
    assert set(found.evaluation.metrics) == set(ours.evaluation.metrics)
    assert set(found.evaluation.baseline_metrics) == {"recency", "rfm_logistic", "plain_boosting"}
    assert abs(found.evaluation.metrics["log_loss"] - ours.evaluation.metrics["log_loss"]) < 0.1
    names = [check.name for check in checks_of(found, own, 0.001)]
    assert "silent probability is calibrated" in names
    assert np.isfinite(list(found.evaluation.importance.values())).all()
