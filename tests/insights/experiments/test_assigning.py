"""Dealing and measuring on a small shop: who is in, what is counted, what is kept."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from features.engine import DuckDB
from features.shop import ShopSettings
from insights.experiments.assigning import assign
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import measure, seen_counts
from tests.insights.experiments.made import design
from tests.shops import make_shop

AT = datetime(2026, 1, 1)
SPANS = (28, 90)
CUSTOMERS = 80


@pytest.fixture
def shop(tmp_path):
    rng = np.random.default_rng(2)
    rows = [
        {"order_id": f"{who}-{i}", "customer_id": f"C{who}", "amount": round(float(rng.gamma(2, 10)), 2),
         "happened_at": AT - timedelta(days=60) + timedelta(hours=float(rng.uniform(0, 120 * 24))),
         "store_id": f"S{who % 8}"}
        for who in range(CUSTOMERS) for i in range(rng.integers(4, 12))
    ]  # fmt: skip
    (tmp_path / "data").mkdir()
    return make_shop(tmp_path / "data", orders=rows)


@pytest.fixture
def engine():
    made = DuckDB()
    yield made
    made.close()


def dealt(shop, folder, engine, at=AT, **changed):
    return assign(shop, folder, design(**changed), at, SPANS, "k", engine)


def test_later_runs_add_the_new_and_move_nobody(shop, tmp_path, engine):
    first = dealt(shop, tmp_path / "t", engine, strata=("stage",))
    again = dealt(shop, tmp_path / "t", engine, strata=("stage",))
    later = dealt(shop, tmp_path / "t", engine, at=AT + timedelta(days=30), strata=("stage",))
    assert again.rows == first.rows and again.new == 0 and later.new > 0
    old = later.rows.filter(pc.equal(later.rows["assigned_at"], first.rows["assigned_at"][0]))
    assert old == first.rows
    assert later.design == first.design
    assert set(first.design.scale) == {"voucher/ordered", "voucher/spend"}


def test_the_holdout_is_in_no_trial(shop, tmp_path, engine):
    held = replace(shop, settings=ShopSettings(holdout_share=0.3))
    told = dealt(held, tmp_path / "t", engine)
    everybody = dealt(replace(shop, settings=ShopSettings(holdout_share=0.0)), tmp_path / "u", engine)
    assert told.units.held > 5
    assert told.rows.num_rows + told.units.held == everybody.rows.num_rows


def test_a_trial_keeps_what_it_began_with(shop, tmp_path, engine):
    dealt(shop, tmp_path / "t", engine)
    with pytest.raises(ExperimentError, match=r"was dealt with days 28, not 14. A trial keeps what it began with"):
        dealt(shop, tmp_path / "t", engine, days=14)
    with pytest.raises(ExperimentError, match="nobody can be added as of 2025-12-01"):
        dealt(shop, tmp_path / "t", engine, at=datetime(2025, 12, 1))


def test_whole_stores_are_dealt_and_summed(shop, tmp_path, engine):
    told = dealt(shop, tmp_path / "t", engine, unit="store", metrics=("spend",))
    pairs = set(zip(told.rows["unit_id"].to_pylist(), told.rows["arm"].to_pylist(), strict=True))
    assert len(pairs) == 8
    found = measure(shop, told.rows, 28, AT + timedelta(days=20), engine)
    assert len(found) == 8 and found.columns["members"].sum() == told.rows.num_rows


def test_an_outcome_counts_what_was_known_in_its_window_and_no_more(shop, tmp_path, engine):
    told = dealt(shop, tmp_path / "t", engine)
    orders = engine.arrow(engine.read(shop.path("orders"))).to_pylist()
    for look in (5, 28, 50):
        at = AT + timedelta(days=look)
        found = measure(shop, told.rows, 28, at, engine)
        until = min(at, AT + timedelta(days=28))
        by_hand = {
            who: sum(float(o["amount"]) for o in orders if o["customer_id"] == who and AT <= o["happened_at"] < until)
            for who in found.units
        }
        assert found.columns["spend"] == pytest.approx([by_hand[who] for who in found.units])
    before = {
        who: sum(o["customer_id"] == who and AT - timedelta(days=28) <= o["happened_at"] < AT for o in orders)
        for who in found.units
    }
    assert found.columns["orders_before"].tolist() == [before[who] for who in found.units]


def test_strata_and_units_that_cannot_be_told_are_refused(shop, tmp_path, engine):
    with pytest.raises(ExperimentError, match="--strata town is not known"):
        dealt(shop, tmp_path / "t", engine, strata=("town",))
    with pytest.raises(ExperimentError, match="no table identities"):
        dealt(shop, tmp_path / "t", engine, unit="household")
    assert not (tmp_path / "t").exists()


def test_who_met_the_trial_is_counted_by_what_they_were_dealt(shop, tmp_path, engine):
    rows = dealt(shop, tmp_path / "t", engine).rows
    seen = rows.select(["customer_id", "arm"]).slice(0, 10)
    counts, strangers, crossed = seen_counts(rows, seen, ("control", "voucher"))
    assert (sum(counts.values()), strangers, crossed) == (10, 0, 0)
    other = ["voucher" if arm == "control" else "control" for arm in seen["arm"].to_pylist()]
    swapped = seen.set_column(1, "arm", [other])
    assert seen_counts(rows, swapped, ("control", "voucher"))[2] == 10


def test_who_shares_a_card_is_dealt_together(tmp_path, engine):
    rows = [
        {"order_id": f"{who}-{i}", "customer_id": f"C{who}", "amount": 9 + i,
         "happened_at": AT - timedelta(days=3 * i + 1)}
        for who in range(30) for i in range(1 + who % 4)
    ]  # fmt: skip
    marks = [
        {"source": "test-shop", "source_customer_id": f"C{who}", "kind": "card", "value": f"card {who // 6}",
         "happened_at": AT - timedelta(days=90)}
        for who in range(30)
    ]  # fmt: skip
    (tmp_path / "data").mkdir()
    family = make_shop(tmp_path / "data", orders=rows, identities=marks)
    told = dealt(family, tmp_path / "t", engine, unit="household", metrics=("spend",))
    homes = {}
    for row in told.rows.to_pylist():
        homes.setdefault(row["unit_id"], set()).add((int(row["customer_id"][1:]) // 6, row["arm"]))
    assert len(homes) == 5 and all(len(one) == 1 for one in homes.values())
    assert all(unit.startswith("household-") for unit in homes)
