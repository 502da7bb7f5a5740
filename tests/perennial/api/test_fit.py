import numpy as np
import pytest

import perennial as pn
from features.errors import CutoffError
from features.shop import Shop
from tests.perennial.conftest import orders
from training.task import TaskError


@pytest.fixture(scope="module")
def shop() -> Shop:
    return pn.open_shop({"orders": orders(120)})


@pytest.fixture(scope="module")
def fitted(shop: Shop) -> pn.Fit:
    return pn.fit("churn", shop, horizon="28d", active_within="91d", settings={"num_leaves": 4})


def test_a_fit_tells_how_it_did(fitted: pn.Fit) -> None:
    table = pn.evaluate(fitted)
    assert {"auc", "log_loss"} <= set(table.index)
    assert {"title", "better", "perennial", "recency", "vs_recency_low"} <= set(table.columns)
    assert table.loc["auc", "vs_recency"] == pytest.approx(table.loc["auc", "perennial"] - table.loc["auc", "recency"])
    assert "<table" in fitted._repr_html_()
    assert repr(fitted).startswith(f"churn: {fitted.model_kind}, the next 28 days, trained until 20")
    assert fitted.plots["calibration"].startswith(b"\x89PNG")
    assert fitted.importance.sum() == pytest.approx(1.0)
    assert fitted.fitted.settings == {"num_leaves": 4}


def test_scores_are_those_of_the_command_line(shop: Shop, fitted: pn.Fit) -> None:
    scores = pn.score(shop, fitted)
    assert scores.customer_id.is_unique
    assert np.allclose(scores.churn_probability + scores.order_probability, 1.0)
    with pytest.raises(CutoffError, match="its scores would know the future"):
        pn.score(shop, fitted, at="2025-06-01")


def test_settings_are_checked_and_belong_to_boosting(shop: Shop) -> None:
    with pytest.raises(TaskError, match="'objective' is no setting of boosting to choose"):
        pn.fit("churn", shop, settings={"objective": 1})
    with pytest.raises(TaskError, match=r"num_leaves = 2\.5 must be a whole number from 2 to 1024"):
        pn.fit("churn", shop, settings={"num_leaves": 2.5})
    with pytest.raises(TaskError, match="channel_preference takes no settings"):
        pn.fit("channel_preference", shop, settings={"num_leaves": 4})
