"""Which columns the guard looks at."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import DuckDB
from features.spine import Spine
from tests.shops import make_shop
from tests.training.learnable import START
from training.backtest.leak_checks import single_columns_guarded
from training.data.labels import purchase_labels
from training.evaluation.leaks import LeakError
from training.learners.target import CHURN

ROWS = 400
LEFT = np.random.default_rng(0).integers(0, 2, ROWS).astype(np.float64)


UNTIL, HORIZON = START + timedelta(days=400), 28


@pytest.fixture(scope="module")
def boxes(tmp_path_factory):
    """A box every third day until somebody stops, with the true silence as the one built column."""
    chance, orders = np.random.default_rng(5), []
    for who in range(200):
        first, boxes = int(chance.integers(0, 380)), chance.geometric(0.02)
        days = first + 3 * np.arange(min(boxes, (400 - first) // 3 + 1))
        moments = [START + timedelta(days=int(day), hours=9) for day in days if day < 400]
        orders += [
            {"order_id": f"{who}-{day}", "customer_id": f"c{who}", "happened_at": one, "amount": 19.0}
            for day, one in enumerate(moments)
        ]
    engine = DuckDB(threads=1)
    shop = make_shop(tmp_path_factory.mktemp("boxes"), orders=orders)
    cutoffs = [UNTIL - timedelta(days=HORIZON * back) for back in range(1, 9)]
    spine = Spine.active(shop, cutoffs, 91, engine=engine)
    labels = purchase_labels(shop, spine, HORIZON, UNTIL, engine=engine)
    last: dict[str, list] = {}
    for one in orders:
        last.setdefault(one["customer_id"], []).append(one["happened_at"])
    rows = zip(spine.rows["customer_id"].to_pylist(), spine.rows["cutoff"].to_pylist(), strict=True)
    silence = np.array([(cutoff - max(one for one in last[who] if one < cutoff)).days for who, cutoff in rows])
    yield SimpleNamespace(
        task=SimpleNamespace(targets=(CHURN,)),
        shop=shop,
        engine=engine,
        until=UNTIL,
        active_within_days=91,
        labels=labels,
        trusted=(),
        data=SimpleNamespace(
            columns=[SimpleNamespace(name="silence")],
            features=silence[:, None].astype(np.float32),
            names=("silence",),
            spine=spine,
            customers=np.array(spine.rows["customer_id"].to_pylist()),
        ),
    )
    engine.close()


def test_regular_boxes_are_not_accused_of_holding_the_outcome(boxes):
    found = single_columns_guarded(boxes)
    assert found.strongest == "silence"
    assert 0.95 < found.strongest_auc < found.limit


def test_a_column_that_holds_the_outcome_of_regular_boxes_is(boxes):
    held = boxes.labels["churn"][:, None].astype(np.float32)
    data = SimpleNamespace(**{**vars(boxes.data), "features": held})
    with pytest.raises(LeakError, match="'silence'"):
        single_columns_guarded(SimpleNamespace(**{**vars(boxes), "data": data}))


def context_of(built, derived):
    data = SimpleNamespace(
        columns=[SimpleNamespace(name="built")],
        features=built[:, None].astype(np.float32),
        names=("built", "btyd_alive"),
        inputs=np.stack([built, derived], axis=1).astype(np.float32),
        customers=np.arange(ROWS).astype(str),
    )
    task = SimpleNamespace(targets=(CHURN,))
    return SimpleNamespace(task=task, data=data, labels={"churn": LEFT}, trusted=())


def test_what_is_derived_of_clean_columns_is_not_accused():
    clean = np.random.default_rng(1).normal(size=ROWS)
    assert single_columns_guarded(context_of(clean, LEFT)).strongest == "built"
