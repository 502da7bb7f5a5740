import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.catalog import pick
from features.shop import Shop
from scoring.release import FeatureRef, Model, read_model, write_model
from tests.shops import make_shop
from tests.training.tiny_models import FEATURES, tiny_model
from training.evaluation.comparison import KeptFold, rows_digest
from training.evaluation.folds import Fold
from training.review.rescoring import rescored

CUTOFF = datetime(2026, 3, 2)
CUSTOMERS = ["a", "b", "c"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    orders = [
        {"order_id": f"{who}{i}", "customer_id": who, "happened_at": CUTOFF - timedelta(days=days), "amount": 10}
        for who, ages in zip(CUSTOMERS, [(1, 5), (20, 60), (85,)], strict=True)
        for i, days in enumerate(ages)
    ]
    return make_shop(tmp_path, orders=orders)


@pytest.fixture
def model(booster_text: str, tmp_path: Path) -> Model:
    references = tuple(FeatureRef(column.name, column.fingerprint) for column in pick(FEATURES))
    sha256s = write_model(tiny_model(features=references), {"churn.txt": booster_text}, tmp_path / "model")
    return read_model(tmp_path / "model", sha256s)


def fold(customers: list[str]) -> KeptFold:
    empty = Fold("2026-03-02", "2026-02-02", np.array(customers), {}, {}, {}, {})
    return KeptFold(empty, rows_digest(customers))


def test_the_rows_of_a_fold_are_found_again_and_scored(shop: Shop, model: Model) -> None:
    found = rescored(shop, model)(fold(CUSTOMERS))
    given = rescored(shop, model, {"2026-03-02": CUSTOMERS})(fold(CUSTOMERS))
    assert found is not None
    assert given is not None
    np.testing.assert_array_equal(found["churn_probability"], given["churn_probability"])
    assert found["churn_probability"][0] < found["churn_probability"][2]


def test_other_customers_cannot_be_compared(shop: Shop, model: Model) -> None:
    assert rescored(shop, model)(fold(["a", "b"])) is None


def test_a_feature_that_means_something_else_today_cannot_be_compared(shop: Shop, model: Model) -> None:
    changed = dataclasses.replace(model, features=tuple(FeatureRef(name, "another") for name in FEATURES))
    unknown = dataclasses.replace(model, features=(FeatureRef("never_heard_of", "x"),))
    assert rescored(shop, changed)(fold(CUSTOMERS)) is None
    assert rescored(shop, unknown)(fold(CUSTOMERS)) is None
