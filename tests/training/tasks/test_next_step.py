"""The next step is learnt beside the chain of touches; a shop without touches is told so in one line."""

import os
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.engine import DuckDB
from features.shop import open_shop
from simulation.world import simulate
from tests.shops import make_shop
from training.fit import fit, fit_prepared, prepare
from training.learners.channels import shares
from training.learners.model_kinds import Heads
from training.task import TaskError
from training.tasks import next_step
from training.tasks.next_step import CHAIN, NEXT_STEP

START, DAYS = datetime(2025, 1, 1), 140
UNTIL = START + timedelta(DAYS)


def shop_with_touches(folder: Path, customers: int):
    """Customers with a pace and two channels of their own, of which one touch alone tells little."""
    rng = np.random.default_rng(6)
    orders: list[dict[str, Any]] = []
    touches: list[dict[str, Any]] = []
    for i in range(customers):
        pace, web = rng.gamma(1.2, 0.06), rng.beta(0.5, 0.5)
        moment = rng.exponential(1 / pace)
        while moment < DAYS:
            at, channel = START + timedelta(days=moment), "web" if rng.random() < web else "store"
            touches.append({"customer_id": f"c{i}", "happened_at": at, "channel": channel, "kind": "visit"})
            if channel == "web":
                touches.append(touches[-1] | {"happened_at": at + timedelta(seconds=20), "kind": "view"})
            moment += rng.exponential(1 / pace)
        for number, day in enumerate(sorted(rng.uniform(0, DAYS, 5))):
            orders.append({"order_id": f"o{i}-{number}", "customer_id": f"c{i}", "amount": 10,
                           "happened_at": START + timedelta(days=day)})  # fmt: skip
    return make_shop(folder, orders=orders, touchpoints=touches)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    shop = shop_with_touches(tmp_path_factory.mktemp("shop"), 250)
    with closing(DuckDB(threads=1)) as engine:
        yield prepare(shop, UNTIL, engine=engine, horizon_days=14, active_within_days=91)


@pytest.fixture(scope="module")
def fitted(prepared, tmp_path_factory):
    return fit_prepared(NEXT_STEP, prepared, folder=tmp_path_factory.mktemp("model"))


def test_what_is_known_of_a_customer_beats_the_chain_of_touches(fitted):
    found, evaluation = fitted.model, fitted.evaluation
    assert set(found.heads[0].kinds) == {"web:visit", "store:visit", "other", "none"}
    assert found.model_kind == "gradient_boosting"
    own, chain = evaluation.metrics, evaluation.baseline_metrics[CHAIN]
    assert own["next_step_log_loss"] < 0.95 * chain["next_step_log_loss"]
    assert chain["next_step_log_loss"] < evaluation.baseline_metrics["shop_shares"]["next_step_log_loss"]
    gap = evaluation.differences[CHAIN]["next_step_log_loss"]
    assert gap.high < 0


def test_every_fold_is_judged_on_rows_it_has_not_seen_and_all_that_happens_adds_up(fitted):
    assert len(fitted.evaluation.folds) >= 2
    for fold in fitted.evaluation.folds:
        assert datetime.fromisoformat(fold.trained_to) + timedelta(14) <= datetime.fromisoformat(fold.cutoff)
        assert sum(fold.answers.values()) == pytest.approx(1.0)
        assert (fold.truth["next_step"].sum(axis=1) == 1).all()
        for given in fold.baselines.values():
            assert sum(given.values()) == pytest.approx(1.0)


def test_too_few_outcomes_leave_the_chain(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(next_step, "OUTCOMES_TO_BOOST", 5_000)
    found = fit_prepared(NEXT_STEP, prepared, folder=tmp_path)
    assert found.model.model_kind == CHAIN and not found.model.boosters and not found.model.unproven
    assert "5000 of each are needed" in found.evaluation.closed["gradient_boosting"]
    own, chain = found.evaluation.metrics, found.evaluation.baseline_metrics[CHAIN]
    assert own["next_step_log_loss"] == pytest.approx(chain["next_step_log_loss"], abs=1e-6)


def test_trees_that_are_no_better_leave_the_chain(prepared, tmp_path, monkeypatch):
    fit_shares = shares.fit_shares

    def mixed_up(question: shares.Question, *asked: Any) -> Heads:
        """Trees that were taught the outcomes of others."""
        counts = np.random.default_rng(0).permutation(question.counts)
        return fit_shares(replace(question, counts=counts), *asked)

    monkeypatch.setattr(shares, "fit_shares", mixed_up)
    assert fit_prepared(NEXT_STEP, prepared, folder=tmp_path).model.model_kind == CHAIN


def test_a_shop_without_touches_is_told_in_one_line(prepared, tmp_path):
    orders = [{"order_id": "1", "customer_id": "c1", "amount": 1, "happened_at": START}]
    with pytest.raises(TaskError) as told:
        NEXT_STEP.learn(replace(prepared, shop=make_shop(tmp_path, orders=orders)))
    assert str(told.value).count("\n") == 0 and "next_step needs touchpoints" in str(told.value)


@pytest.mark.skipif(not os.environ.get("PERENNIAL_LONG"), reason="simulates and trains; run make test-long")
def test_on_the_simulated_world_it_is_five_percent_better_than_the_chain(tmp_path):
    simulate(1_000, 15, 3, tmp_path / "world")
    world = open_shop(tmp_path / "world", home=tmp_path / "home")
    found = fit("next_step", world, world.default_cutoff(), folder=tmp_path / "model", horizon_days=28,
                active_within_days=112).evaluation  # fmt: skip
    own, chain = (one["next_step_log_loss"] for one in (found.metrics, found.baseline_metrics[CHAIN]))
    assert own <= 0.95 * chain
