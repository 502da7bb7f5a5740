"""A matrix of inputs is filled whole or not handed over, and who asks for the same inputs shares them."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import training.data.dataset as under_test
from features.engine import DuckDB
from features.errors import FeatureError
from features.shop import Shop
from features.spine import Spine
from tests.shops import make_shop
from training.data.dataset import Dataset, load_at

AT = datetime(2026, 6, 1)
ORDERS = [
    {
        "order_id": f"{who}-{n}",
        "customer_id": f"C{who:02}",
        "happened_at": AT - timedelta(days=7 * n + 1),
        "amount": who,
    }
    for who in range(20)
    for n in range(3)
]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path, orders=ORDERS)


def of_columns(shop: Shop) -> Dataset:
    columns = under_test.columns_for(shop, AT)[:4]
    return Dataset(Spine.of([], [AT]), tuple(columns), (), np.empty((0, 4), np.float32), {AT: {}})


def test_rows_that_were_not_built_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, data = DuckDB(threads=1), of_columns(shop)
    assert len(load_at(shop, data, AT, 91, engine=engine).inputs) == 20
    whole = under_test.built_in_parts
    monkeypatch.setattr(under_test, "built_in_parts", lambda *a, **k: (part[:-1] for part in whole(*a, **k)))
    with pytest.raises(FeatureError, match="19 rows of features were built for 20 customers"):
        load_at(shop, data, AT, 91, engine=engine)
    engine.close()


def test_the_same_inputs_are_shared_and_others_are_not(shop: Shop) -> None:
    engine = DuckDB(threads=1)
    data = load_at(shop, of_columns(shop), AT, 91, engine=engine)
    engine.close()
    some = data.narrowed(data.names[:2])
    assert data.narrowed(data.names[:2]) is some
    assert np.array_equal(some.inputs, data.inputs[:, :2], equal_nan=True)
    assert data.narrowed(data.names[1:]).names == data.names[1:]
