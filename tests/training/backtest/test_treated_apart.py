"""The card tells the treated from the untreated: how many, what was answered of them and what they did."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from features.engine import opened
from features.spine import Spine
from tests.shops import make_shop
from training.backtest.treated_apart import treated_apart
from training.evaluation.folds import Fold, Treated

CUTOFFS = (datetime(2026, 3, 2), datetime(2026, 4, 6))
WHO = ("a", "b", "c")
ORDERS = [{"order_id": one, "customer_id": one, "happened_at": datetime(2026, 2, 1, 9), "amount": 5} for one in WHO]


def fold(cutoff, churn, answers):
    return Fold(f"{cutoff:%Y-%m-%d}", "", np.array(WHO), {"churn": np.array(churn)},
                {"churn_probability": np.array(answers)}, {}, {})  # fmt: skip


FOLDS = (fold(CUTOFFS[0], [0.0, 1.0, 1.0], [0.4, 0.6, 0.8]), fold(CUTOFFS[1], [0.0, 0.0, 1.0], [0.2, 0.5, 0.7]))


@pytest.fixture
def context(tmp_path):
    sends = (("a", datetime(2026, 3, 5, 9)), ("c", datetime(2026, 4, 7, 9)))
    messages = [{"message_id": who, "customer_id": who, "happened_at": at, "channel": "mail"} for who, at in sends]
    spine = Spine.of(WHO, CUTOFFS)
    moments = np.array(spine.rows["cutoff"].to_pylist())
    with opened(None) as engine:
        yield SimpleNamespace(
            shop=make_shop(tmp_path, orders=ORDERS, messages=messages), horizon_days=28, until=datetime(2026, 6, 1),
            engine=engine, data=SimpleNamespace(spine=spine, at=lambda cutoff: moments == cutoff),
        )  # fmt: skip


def test_rows_answers_and_outcomes_of_both(context):
    told = treated_apart(context, FOLDS, "churn", "churn_probability")
    assert told == (
        Treated("treated", 2, pytest.approx((0.4 + 0.7) / 2), 0.5),
        Treated("untreated", 4, pytest.approx((0.6 + 0.8 + 0.2 + 0.5) / 4), 0.5),
    )


def test_a_shop_without_sends_or_folds_tells_nothing(context):
    shop = replace(context.shop, present={"orders": context.shop.present["orders"]}, rows={"orders": 3})
    assert treated_apart(SimpleNamespace(**{**vars(context), "shop": shop}), FOLDS, "churn", "churn_probability") == ()
    assert treated_apart(context, (), "churn", "churn_probability") == ()
