"""A question of a shop's own, from its file to a judged and scored model."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import DuckDB
from features.shop import Shop
from features.spine import Spine
from features.trust import Code
from tests.shops import make_shop
from tests.training.learnable import orders_only
from training.fit import fit_prepared, prepare
from training.review.gate import checks_of
from training.task import TaskError
from training.tasks.catalogue import TASKS
from training.tasks.own import task_of, tasks_of, yes_no

FILE = """
import perennial as pn

silent_60 = pn.yes_no(
    "silent_60",
    "Will the customer place no order within 60 days?",
    ("orders", lambda orders: orders.count(where=orders.kind == "order")),
    horizon="60d",
    happens=False,
)
"""
NOON = datetime(2026, 1, 10, 12)


def asking(*texts: str) -> SimpleNamespace:
    """A shop whose files ask these questions."""
    files = tuple(Code(Path(f"my_{number}.py"), text.encode()) for number, text in enumerate(texts))
    return SimpleNamespace(extension=SimpleNamespace(tasks=files))


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


def test_a_shops_file_asks_beside_ours() -> None:
    shop = asking(FILE)
    assert list(tasks_of(shop)) == ["silent_60"]
    assert task_of("silent_60", shop).horizon_days == 60
    assert task_of("churn", shop) is TASKS["churn"]
    with pytest.raises(TaskError, match=r"'late' is no task\. Choose one of churn, .*, silent_60\."):
        task_of("late", shop)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (("x = 1",), "asks no question"),
        (("import nothing_such",), "cannot run: ModuleNotFoundError"),
        ((FILE, FILE), "there is a task 'silent_60' already"),
        ((FILE.replace('"silent_60",', '"churn",'),), "cannot be called 'churn'"),
        ((FILE.replace('"silent_60",', '"purchase_soon",'),), "cannot be called 'purchase_soon'"),
        ((FILE.replace("60 days?", "60 days"),), "is no question"),
    ],
)
def test_what_cannot_be_asked_says_so(texts: tuple[str, ...], says: str) -> None:
    with pytest.raises(TaskError, match=says):
        tasks_of(asking(*texts))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return orders_only(tmp_path_factory.mktemp("shop"))


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
