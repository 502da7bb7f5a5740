import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.model_selection import cross_val_score

import perennial as pn
from features.errors import FeatureError
from features.shop import Shop
from tests.perennial.conftest import orders
from training.task import TaskError


@pytest.fixture(scope="module")
def shop() -> Shop:
    return pn.open_shop({"orders": orders(120)})


@pytest.fixture(scope="module")
def rows(shop: Shop) -> pn.Rows:
    return pn.dataset(shop, "churn", horizon="28d", active_within="91d")


def test_features_are_one_row_a_customer_and_cutoff(shop: Shop) -> None:
    table = pn.features(shop, ["2025-09-01", "2025-10-01"], ["spend_90d"])
    assert list(table.columns) == ["customer_id", "cutoff", "spend_90d"]
    assert not table.duplicated(["customer_id", "cutoff"]).any()
    assert set(table.cutoff) == {pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01")}
    active = pn.features(shop, "2025-10-01", ["spend_90d"], active_within="30d")
    assert 0 < len(active) < (table.cutoff == "2025-10-01").sum()


def test_a_feature_the_shop_cannot_fill_is_no_column_of_nothing(shop: Shop) -> None:
    with pytest.raises(FeatureError, match="shop 'shop' cannot fill views_30d"):
        pn.features(shop, names=["views_30d"])


def test_no_fold_learns_from_outcomes_of_the_time_it_is_tested_on(rows: pn.Rows) -> None:
    assert len(rows.X) == len(rows.y) == len(rows.groups) == len(rows.cutoffs)
    folds = list(rows.cv.split(rows.X, rows.y, rows.groups))
    assert len(folds) == rows.cv.get_n_splits() > 1
    for train, test in folds:
        tested = rows.cutoffs[test].unique()
        assert len(tested) == 1
        assert (rows.cutoffs[train] + pd.Timedelta(days=28)).max() <= tested[0]


def test_scikit_learn_takes_the_folds(rows: pn.Rows) -> None:
    model = LGBMClassifier(n_estimators=10, verbose=-1)
    scores = cross_val_score(model, rows.X, rows.y, cv=rows.cv, scoring="roc_auc", groups=rows.groups)
    assert len(scores) == rows.cv.get_n_splits()
    assert np.isfinite(scores).all()


def test_folds_of_other_rows_are_refused(rows: pn.Rows) -> None:
    with pytest.raises(TaskError, match="Give all rows of the dataset"):
        list(rows.cv.split(rows.X.iloc[:10]))


def test_several_outcomes_are_a_frame_and_lists_are_refused(shop: Shop) -> None:
    found = pn.dataset(shop, "next_purchase", horizon="28d", active_within="91d")
    assert list(found.y.columns) == ["churn", "days", "spend"]
    with pytest.raises(TaskError, match="recommendation has no single outcome a row"):
        pn.dataset(shop, "recommendation")
