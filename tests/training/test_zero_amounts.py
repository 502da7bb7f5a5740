"""A shop that never says what an order cost: the rhythm alone answers."""

from datetime import timedelta

import numpy as np
import pytest

from features.engine import DuckDB
from scoring.derived.derived import RHYTHM
from scoring.scorer import Scorer
from tests.shops import make_shop
from tests.training.learnable import START, shopping_trips
from training.data.dataset import load_at
from training.fit import fit_prepared, prepare

UNTIL = START + timedelta(days=200)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    orders = [{**order, "amount": 0.0} for order in shopping_trips(220, 240, 0)]
    engine = DuckDB(threads=1)
    shop = make_shop(tmp_path_factory.mktemp("shop"), orders=orders)
    yield prepare(shop, UNTIL, engine=engine, horizon_days=28, active_within_days=91)
    engine.close()


def test_buy_till_you_die_tells_the_rhythm(prepared):
    assert prepared.data.derived == RHYTHM


def test_expected_days_fall_with_silence(prepared, tmp_path):
    model = fit_prepared("next_purchase", prepared, folder=tmp_path).model
    ahead = load_at(prepared.shop, prepared.data, UNTIL, 91, engine=prepared.engine)
    answers = Scorer([model], ahead.references).answers(ahead.features)
    silence = ahead.column("days_since_order")
    days = answers["expected_shopping_days"]
    assert days[silence < 14].mean() > 2 * days[silence > 60].mean()
    assert np.isfinite(days).all()
    assert (answers["expected_spend"] < 0.01).all()


def test_boosting_learns_no_spend_where_there_is_none(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr("training.learners.model_kinds.OUTCOMES_TO_BOOST", 20)
    found = fit_prepared("next_purchase", prepared, folder=tmp_path)
    assert not found.evaluation.closed
