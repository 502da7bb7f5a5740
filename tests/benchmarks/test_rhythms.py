"""Another rhythm than the models were developed on, from its file to answers beside simple rules."""

from datetime import timedelta

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import rhythms
from features.engine import DuckDB
from features.shop import open_shop
from training.fit import fit_prepared, prepare


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A fit of each task on a subscription, whose rhythm is least like the groceries the models were developed on."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERENNIAL_HOME", str(home))
        shop = open_shop(rhythms.prepare("subscription", 200, 3, home))
        engine = DuckDB(threads=1)
        context = prepare(shop, rhythms.START + timedelta(days=450), engine=engine)
        yield {task: fit_prepared(task, context, folder=home / task) for task in ("churn", "next_purchase")}
        engine.close()


def test_the_horizon_follows_the_rhythm(fitted):
    assert fitted["churn"].model.horizon_days == 60
    assert fitted["churn"].model.active_within_days == 182


def test_answers_are_whole_and_not_behind_the_simple_rules(fitted):
    for one in fitted.values():
        for fold in one.evaluation.folds:
            for name, values in fold.answers.items():
                assert np.isfinite(values).all() or name.startswith("next_order_")
    for task, metric in (("churn", "log_loss"), ("next_purchase", "days_rmse")):
        evaluation = fitted[task].evaluation
        best = min(given[metric] for given in evaluation.baseline_metrics.values() if metric in given)
        assert evaluation.metrics[metric] < 1.08 * best


def test_what_was_made_is_what_the_rhythm_says(tmp_path):
    boxes = pq.read_table(rhythms.prepare("subscription", 60, 1, tmp_path) / "orders.parquet")
    one = boxes.filter(pc.is_in(boxes["amount"], pc.cast([19.0, 29.0, 49.0], "float64")))
    days = np.sort(one.filter(pc.equal(one["customer_id"], one["customer_id"][0]))["happened_at"].to_numpy())
    gaps = np.diff(days) / np.timedelta64(1, "D")
    assert ((gaps % 30.4 < 4) | (gaps % 30.4 > 26.4)).all()
    clothes = pq.read_table(rhythms.prepare("fashion", 300, 1, tmp_path) / "orders.parquet")
    returned = pc.less(clothes["amount"], 0.0)
    assert 0.1 < pc.mean(pc.cast(returned, "float64")).as_py() < 0.25
    assert rhythms.prepare("fashion", 300, 1, tmp_path).name == "fashion-300-1"
