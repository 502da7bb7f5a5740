"""What came of decisions, on a made shop whose nights are written by hand: the action is worth 6 a customer."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from features.shop import ShopSettings
from operations import home
from operations.deciding.outcomes import EVERYTHING, outcomes_at
from perennial.nights.telling_outcomes import show
from tests.shops import make_shop

START, HORIZON, N, WORTH = datetime(2026, 1, 1), 14, 600, 6.0
AT = START + timedelta(days=20)
MARGIN = 0.5


def arms(rng):
    return rng.choice(["policy", "holdout", "explore"], N, p=[0.6, 0.3, 0.1])


def write_night(shop, cutoff, arm, wants, hoped=10.0):
    """A night's files: the policy takes the voucher for those it wants; the holdout goes without."""
    ids = [f"C{i}" for i in range(N)]
    numbers = [f"{cutoff:%m%d}-{i}" for i in range(N)]
    given = wants & (arm == "policy")
    action = np.where(given, "voucher", "leave_alone").tolist()
    columns = {"customer_id": ids, "decision_id": numbers, "action": action,
               "channel": ["mail" if one else None for one in given],
               "as_of": pa.array([cutoff] * N, pa.timestamp("us")),
               "expires_at": [f"{cutoff + timedelta(days=6):%Y-%m-%dT%H:%M}+00:00"] * N,
               "cost": np.where(given, 0.5, 0.0), "expected_net_value": np.where(given, hoped - 0.5, 0.0)}  # fmt: skip
    path = home.decisions(shop, cutoff)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path)
    policy = {name: columns[name] for name in ("customer_id", "decision_id", "as_of")}
    table = pa.table({**policy, "action": ["voucher"] * N, "channel": ["mail"] * N, "arm": arm.tolist()})
    pq.write_table(table.filter(pa.array(wants)), home.policy(shop, cutoff))
    return given


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(4)
    arm, wants = arms(rng), rng.random(N) < 0.7
    orders, messages, responses = [], [], []
    for i in range(N):
        spend = rng.gamma(4.0, 4.0) + 20 * wants[i] + (WORTH / MARGIN) * (wants[i] and arm[i] == "policy")
        orders.append(
            {"order_id": f"o{i}", "customer_id": f"C{i}", "happened_at": START + timedelta(days=3), "amount": spend}
        )
        if wants[i] and arm[i] == "policy":
            sent = {"message_id": f"m{i}", "customer_id": f"C{i}", "happened_at": START + timedelta(hours=9),
                    "channel": "mail", "action": "voucher", "decision_id": f"0101-{i}"}  # fmt: skip
            messages.append(sent)
            if i % 4 == 0:
                responses.append({"message_id": f"m{i}", "kind": "click", "happened_at": START + timedelta(hours=12)})
    (tmp_path / "data").mkdir()
    shop = make_shop(tmp_path / "data", orders=orders, messages=messages, responses=responses)
    shop = replace(shop, settings=ShopSettings(margin=MARGIN, holdout_share=0.3))
    given = write_night(shop, START, arm, wants)
    return shop, arm, wants, given


def outcomes_of(shop, at=AT):
    engine = DuckDB()
    try:
        return outcomes_at(shop, at, HORIZON, engine)
    finally:
        engine.close()


def test_what_was_sent_answered_bought_and_brought(made):
    shop, _, _, given = made
    found = outcomes_of(shop)
    voucher, whole = found.lines
    assert (voucher.action, voucher.channel, whole.action) == ("voucher", "mail", EVERYTHING)
    assert voucher.decided == voucher.sent == voucher.bought == given.sum()
    assert voucher.answered == sum(given[i] for i in range(0, N, 4))
    assert voucher.cost == pytest.approx(0.5 * given.sum())
    assert voucher.gained.low < WORTH < voucher.gained.high
    assert voucher.gained.high - voucher.gained.low < 3
    assert voucher.on_cost == pytest.approx(voucher.gained.value * given.sum() / voucher.cost)
    assert whole.gained == voucher.gained


def test_who_is_chosen_does_not_count_as_what_the_action_brings(made):
    """Those whom the policy wants spend 20 more anyway: beside everybody else the voucher would seem worth 16."""
    shop, *_ = made
    assert outcomes_of(shop).lines[0].gained.high < 9


def test_a_send_that_was_withheld_counts_as_going_without(made, tmp_path):
    shop, *_ = made
    messages = pq.read_table(shop.path("messages")).to_pylist()
    for one in messages[::2]:
        one["arm"] = "control"
    names = ("message_id", "customer_id", "happened_at", "channel", "action", "decision_id", "arm")
    (tmp_path / "other").mkdir()
    some = [{name: one[name] for name in names if one[name]} for one in messages]
    other = make_shop(tmp_path / "other", messages=some,
                      orders=[{name: one[name] for name in ("order_id", "customer_id", "happened_at", "amount")}
                              for one in pq.read_table(shop.path("orders")).to_pylist()])  # fmt: skip
    (voucher, _), (before, _) = outcomes_of(replace(other, settings=shop.settings)).lines, outcomes_of(shop).lines
    assert voucher.sent == before.sent - len(messages[::2])
    assert voucher.without == before.without + len(messages[::2])
    assert voucher.gained.value < before.gained.value  # here the withheld spend as if they had got it


def test_moments_of_one_customer_closer_than_the_horizon_are_one(made):
    shop, arm, wants, _ = made
    once = outcomes_of(shop).lines[0]
    for day in (1, 2, 3):
        write_night(shop, START + timedelta(days=day), arm, wants & (arm != "policy"))
    again = outcomes_of(shop).lines[0]
    assert (again.given, again.without) == (once.given, once.without)


def test_a_decision_whose_horizon_is_not_over_waits(made):
    shop, _, _, given = made
    early = outcomes_of(shop, START + timedelta(days=HORIZON - 1))
    assert early.lines == [] and early.waiting == given.sum()


def test_too_few_without_are_no_evidence(made, capsys):
    shop, *_ = made
    rows = pq.read_table(home.policy(shop, START))
    held = np.array(rows["arm"].to_pylist()) == "holdout"
    kept = rows.filter(pa.array(~held | (np.cumsum(held) < 10)))
    pq.write_table(kept, home.policy(shop, START))
    found = outcomes_of(shop)
    assert found.lines[0].gained is None and found.lines[0].incremental is None
    show(found, shop)
    assert (
        "what 2 of 2 lines brought cannot be told: fewer than 20 moments went without by lot" in capsys.readouterr().out
    )


def test_nothing_is_said_of_sends_that_name_no_decision(made, tmp_path, capsys):
    shop, *_ = made
    (tmp_path / "bare").mkdir()
    day = START + timedelta(days=2)
    orders = [{"order_id": f"o{i}", "customer_id": f"C{i}", "amount": 5, "happened_at": day} for i in range(N)]
    bare = make_shop(tmp_path / "bare", orders=orders)
    show(outcomes_of(replace(bare, settings=shop.settings)), shop)
    assert "no message names a decision_id" in capsys.readouterr().out


def test_decisions_of_another_system_count_with_the_sends_that_name_them(made, tmp_path):
    """As a table of the shop's exports, in which every other send was withheld: as many are compared as nights tell."""
    shop, _, _, given = made
    who = np.flatnonzero(given)
    both = [{"decision_id": f"0101-{i}", "customer_id": f"C{i}", "channel": "mail", "action": "voucher"} for i in who]
    told = [{**one, "happened_at": START, "arm": "policy", "cost": 0.5, "propensity": 0.5} for one in both]
    sent = [{**one, "message_id": f"m{i}", "happened_at": START + timedelta(hours=9),
             "arm": "control" if i % 2 else "policy"} for i, one in zip(who, both, strict=True)]  # fmt: skip
    rng = np.random.default_rng(1)
    orders = [{"order_id": f"o{i}", "customer_id": f"C{i}", "happened_at": START + timedelta(days=3),
               "amount": rng.gamma(4.0, 4.0) + (0 if i % 2 else WORTH / MARGIN)} for i in range(N)]  # fmt: skip
    (tmp_path / "theirs").mkdir()
    theirs = make_shop(tmp_path / "theirs", orders=orders, messages=sent, decisions=told)
    theirs = replace(theirs, name="theirs", settings=shop.settings)
    voucher, whole = outcomes_of(theirs).lines
    assert (voucher.decided, voucher.sent, voucher.without) == (len(who), (who % 2 == 0).sum(), (who % 2 == 1).sum())
    assert voucher.cost == pytest.approx(0.5 * len(who)) and whole.decided == len(who)
    assert voucher.gained.low < WORTH < voucher.gained.high


def test_a_night_writes_what_the_policy_took(tmp_path, monkeypatch):
    from tests.operations.deciding.test_decide import exploring, night

    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    held = exploring(tmp_path, holdout_share=0.999999)
    made = night(held)
    rows = pq.read_table(home.policy(held, made.batch.cutoff)).to_pylist()
    assert {row["arm"] for row in rows} <= {"holdout"}
    decided = pq.read_table(made.decision_files["parquet"])
    assert {row["decision_id"] for row in rows} <= set(decided["decision_id"].to_pylist())
    assert json.loads(decided["receipt"][0].as_py())["prices"] == {}
