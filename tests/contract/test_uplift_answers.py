"""A call decides by what the released model says an action changes for this very customer."""

import time
from statistics import median

import numpy as np
import pytest

from decisions.actions import Action, Plan
from scoring.release import Head, Spread, Steps
from serving.process.loaded import DECIDING, TASKS
from serving.snapshot.snapshot import open_snapshot
from tests.contract.test_writing import ORDER, ask
from tests.serving.synthetic_models import model
from tests.serving.tiny import CUTOFF, IDS, SHOP, write_home, write_release, write_tiny_decisions

PLAN = Plan((Action("note", 1.0, assumed_effect=0.0), Action("call", 1.0)))


def by_silence(name, short, long):
    return Head(name, "plain", steps=(Steps("days_since_order", (20.0,), (short, long), short),))


HEADS = (by_silence("margin_uplift_note", -5.0, 6.0), by_silence("order_uplift_note", -0.1, 0.2))


def uplift_model():
    spreads = {head.name: Spread(head.name, (), (0.025, 0.975), ((-0.3, 0.4),)) for head in HEADS}
    return model("uplift", HEADS, derived=(), spreads=spreads)


@pytest.fixture
def worker(tmp_path, worker_of):
    home = write_home(tmp_path)
    write_release(home, "r2", more=[(uplift_model(), {})])
    snapshot = open_snapshot(home / "snapshots" / SHOP)
    write_tiny_decisions(snapshot.folder, CUTOFF, np.asarray(snapshot.matrix), snapshot.facts, PLAN, {"note": 1.0})
    return worker_of(home)


def silent_reachable(worker, least):
    live = worker.watcher.live
    silence = live.snapshot.matrix[:, live.names.index("days_since_order")]
    rows = (row for row in range(400) if silence[row] >= least and int(live.snapshot.facts.allowed[row]) == 7)
    return next(IDS[row] for row in rows if int(live.decided.of(row)["arm"]) == 0)


def test_the_effect_is_told_with_its_interval(worker):
    who = silent_reachable(worker, 21)
    told = ask(worker, "decide", customer_ids=[who], context={"store_id": "S1"})[0]
    assert told["action"] == "note" and told["expected_net_value"] == "5.00"
    assert told["scores"]["uplift"] == {"note": {"effect": 0.2, "low": -0.3, "high": 0.4}}
    assert "assumed" not in told["receipt"] and told["receipt"]["removed"]["call"] == "no_value"


def test_what_the_customer_does_changes_what_is_worth_doing(worker):
    who = silent_reachable(worker, 21)
    ask(worker, "events", orders=[{**ORDER, "customer_id": who, "order_id": "anew"}])
    told = ask(worker, "decide", customer_ids=[who])[0]
    assert (told["action"], told["receipt"]["removed"]["note"]) == ("leave_alone", "not_worth_it")


def test_it_is_no_question_of_the_shops_own(worker):
    assert ask(worker, "predict", 404, task="uplift", customer_ids=["C-1"])["code"] == "no_model"


def test_it_costs_little(worker):
    live = worker.watcher.live
    rows = live.snapshot.features_of([3])
    with_it, without = live.scorer(*DECIDING), live.scorer(*TASKS)
    taken = {}
    for name, scorer in (("with", with_it), ("without", without)):
        seconds = []
        for _ in range(50):
            start = time.process_time()
            scorer.answers(rows)
            seconds.append(time.process_time() - start)
        taken[name] = median(seconds)
    assert taken["with"] - taken["without"] < 0.002
