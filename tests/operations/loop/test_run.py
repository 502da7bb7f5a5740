"""Two months of a tiny world: the loop's books add up, nobody beats the optimum, and the truth is the world's own."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import opened
from operations.loop.learning import HORIZON, Notebook
from operations.loop.made_shop import ACTIONS, NOTHING, MadeShop
from operations.loop.plot import picture
from operations.loop.policies import ALL, AT_RISK, NOBODY, OPTIMUM, OURS, RULE, budget_of, optimum
from operations.loop.run import Protocol, closed, run
from training.data.decision_moments import moments_of

ASKED = Protocol(customers=220, months=2, seed=3, by_lot=1)


@pytest.fixture(scope="module")
def told():
    return run(ASKED)


def test_every_policy_is_told_within_the_budget_and_none_beats_the_optimum(told):
    assert len(told) == 2 and all(set(month.net) == set(ALL) for month in told)
    most = round(ASKED.customers * ASKED.share)
    for month in told:
        assert all(count <= most for count in month.sent.values())
        assert month.net[NOBODY] == 0 == month.sent[NOBODY]
        assert all(month.net[OPTIMUM] >= value for value in month.net.values())
        assert month.sent[OURS] > 0  # it explores, whatever it has learnt


def test_the_gap_is_told_over_all_months(told):
    assert closed(told, OPTIMUM, NOBODY) == 1 and closed(told, NOBODY, NOBODY) == 0
    assert closed(told, RULE, AT_RISK) <= 1


def test_the_picture_names_every_policy_and_holds_every_month(told):
    drawn = picture(told, "a title & more", "CNY")
    assert drawn.startswith("<svg xmlns") and "a title &amp; more" in drawn
    assert all(name.replace("_", " ") in drawn for name in ALL if name != NOBODY)
    assert drawn.count("<polyline") == len(ALL) - 1


def test_the_optimum_takes_the_largest_gains_the_budget_pays_for():
    net = np.array([[3.0, 1.0], [-1.0, -2.0], [0.5, 5.0], [2.0, 1.0], [-np.inf, -np.inf]])
    assert optimum(net, 2.0).tolist() == [0, NOTHING, 1, NOTHING, NOTHING]
    assert optimum(net, 9.0).tolist() == [0, NOTHING, 1, 0, NOTHING]
    assert budget_of(220, 0.2) == 44.0


@pytest.fixture(scope="module")
def dealt(tmp_path_factory):
    """A month dealt by hand, one that passes, and the moments the shop's tables then tell."""
    made = MadeShop(220, 6, 5, tmp_path_factory.mktemp("made"))
    quiet = np.full(220, NOTHING)
    made.live(quiet)
    made.live(quiet)
    chosen = np.random.default_rng(1).integers(-1, len(ACTIONS), 220)
    with opened(None) as engine:
        notes = Notebook(engine)
        known = notes.look(made, made.read())
        net, reachable = made.truth(), made.reachable
        made.live(chosen, _decisions(made, known, chosen[known.place]))
        shop = made.read()
        moments = moments_of(shop, notes.asked, made.now, HORIZON, engine)
    return made, known, chosen, net, reachable, pq.read_table(shop.path("messages")), moments


def _decisions(made, known, mine):
    names = np.array([*ACTIONS, "leave_alone"])
    return pa.table({
        "decision_id": [f"x{one}" for one in known.ids], "customer_id": known.ids, "action": names[mine].tolist(),
        "happened_at": pa.array([made.now] * len(mine), pa.timestamp("us")), "arm": ["explore"] * len(mine),
        "propensity": [0.25] * len(mine), "cost": (mine != NOTHING).astype(float),
    })  # fmt: skip


def test_the_world_sends_what_it_is_told_to_whom_it_can_reach(dealt):
    made, _, chosen, _, reachable, messages, _ = dealt
    told = dict(zip(messages["customer_id"].to_pylist(), messages["action"].to_pylist(), strict=True))
    want = {made.ids[at]: list(ACTIONS)[chosen[at]].replace("voucher", "win_back_voucher")
            for at in np.flatnonzero((chosen != NOTHING) & reachable)}  # fmt: skip
    assert told == want and len(told) == messages.num_rows > 50


def test_decisions_are_the_moments_that_are_learnt_from(dealt):
    _, known, chosen, _, _, _, moments = dealt
    told = dict(zip(moments.customer.tolist(), moments.action.tolist(), strict=True))
    names = [*ACTIONS, "control"]
    assert told == {who: names[at] for who, at in zip(known.ids, chosen[known.place].tolist(), strict=True)}
    assert (moments.propensity == 0.25).all() and moments.decided == len(moments)


def test_what_changes_nothing_costs_a_send_and_who_cannot_be_reached_is_worth_nothing(dealt):
    _, _, _, net, reachable, *_ = dealt
    assert np.isneginf(net[~reachable]).all() and np.isfinite(net[reachable]).all()
    assert np.allclose(net[reachable, list(ACTIONS).index("newsletter")], -1.0)
    assert net[reachable].max() > 10
