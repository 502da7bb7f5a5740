"""The night learns from its own decisions: what is measured takes the place of what is assumed."""

import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decisions.allocation.arms import EXPLORE, NOTHING
from decisions.worth.measured import Measured
from features.engine import DuckDB
from operations import home
from operations.deciding.effects import learnt_effects
from operations.night import nightly
from scoring.release import Head, ReleasedModel, Spread
from serving.snapshot.decided import read_decided
from tests.operations.deciding.test_decide import DECIDING, night, shop_with
from tests.operations.deciding.test_outcomes import AT, HORIZON, START, WORTH, made, write_night  # noqa: F401  (a fixture)
from tests.perennial.corner_shop import CUTOFF, rule_model
from tests.shops import by_mail


def learnt_of(shop, at=AT):
    engine = DuckDB()
    try:
        return learnt_effects(shop, at, HORIZON, engine)
    finally:
        engine.close()


def test_an_effect_that_shows_is_learnt_a_little_shrunk(made):  # noqa: F811
    shop, *_ = made
    (one,) = learnt_of(shop)
    assert (one.action, one.channel) == ("voucher", "mail")
    assert WORTH - 1.5 < one.margin < WORTH + 1.5
    assert one.margin_low < one.margin < one.margin_high


def spoiled(shop, by):
    """Orders of everybody who got the voucher, less what it brought: it brings nothing."""
    path = shop.path("orders")
    orders = pq.read_table(path)
    given = set(pq.read_table(shop.path("messages"))["customer_id"].to_pylist())
    amounts = [
        float(amount) - by * (who in given)
        for who, amount in zip(orders["customer_id"].to_pylist(), orders["amount"].to_pylist(), strict=True)
    ]
    place = orders.column_names.index("amount")
    typed = pa.array([f"{one:.4f}" for one in amounts]).cast(orders["amount"].type)
    pq.write_table(orders.set_column(place, "amount", typed), path)
    return shop


def test_less_than_was_hoped_for_is_measured_as_no_effect(made):  # noqa: F811
    shop, *_ = made
    (one,) = learnt_of(spoiled(shop, by=12.0))
    assert one.margin == 0.0 and one.probability == 0.0
    assert "no effect" in one.sentence and one.margin_high < 10.0


def test_where_the_data_cannot_tell_the_assumption_stays(made):  # noqa: F811
    shop, *_ = made
    rows = pq.read_table(home.decisions(spoiled(shop, by=12.0), START))
    place = rows.column_names.index("expected_net_value")
    little = pa.array([0.1] * rows.num_rows)
    pq.write_table(rows.set_column(place, "expected_net_value", little), home.decisions(shop, START))
    assert learnt_of(shop) == ()


def test_nothing_is_learnt_before_a_horizon_is_over_or_from_long_ago(made):  # noqa: F811
    shop, *_ = made
    assert learnt_of(shop, START + timedelta(days=HORIZON - 1)) == ()
    assert learnt_of(shop, START + timedelta(days=400)) == ()


def night_after(shop):
    """A month later, by models that know what is at stake with everybody; 5 % are dealt by lot."""
    voucher = {"cost": 0.5, "assumed_effect": 0.3}
    deciding = {"actions": {"voucher": voucher}, "explore": {"share": 0.05}}
    settings = replace(shop.settings, channels=by_mail(), holdout_share=0.1, deciding=deciding)
    heads = (Head("expected_spend", "log", intercept=3.4), Head("expected_shopping_days", "log"))
    spent = replace(rule_model().model, task="next_purchase", heads=heads)
    models = {"churn": rule_model(), "next_purchase": ReleasedModel(spent, "1")}
    at = START + timedelta(days=29)
    shop = replace(shop, settings=settings)
    return nightly.run(shop, at, models, home.scores(shop, at), serve=True).decided


def contacted(decided):
    """The share of those outside exploration who are given something."""
    chosen = decided.shared.chosen
    return float((chosen.choice[chosen.arm != EXPLORE] != NOTHING).mean())


def test_in_a_shop_without_effect_the_measured_verdict_beats_the_assumption(made, monkeypatch):  # noqa: F811
    shop, *_ = made
    found = night_after(spoiled(shop, by=12.0))
    assert [one.margin for one in found.learnt] == [0.0]
    assert contacted(found) <= 0.05
    assert (found.shared.chosen.arm == EXPLORE).any()  # who is dealt by lot goes on telling
    monkeypatch.setattr(nightly, "learnt_effects", lambda *_: ())
    assert contacted(night_after(shop)) > 0.3  # nearly all who can be reached, on the assumption alone


MEASURED = Measured("survey", "mail", 2.0, 1.0, 3.0, 0.02, 0.01, 0.03, 200, 100)


def test_the_night_decides_files_and_serves_by_what_was_learnt(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(nightly, "learnt_effects", lambda *_: (MEASURED,))
    shop = shop_with(tmp_path)
    done = night(shop)
    rows = {row["customer_id"]: row for row in pq.read_table(done.decision_files["parquet"]).to_pylist()}
    assert rows["a"]["action"] == "survey"  # without a measurement nobody is asked: its effect was never assumed
    assert rows["a"]["uplift"] == pytest.approx(0.02) and rows["a"]["uplift_low"] == pytest.approx(0.01)
    assert rows["a"]["expected_net_value"] == pytest.approx(2.0)
    assert "assumed" not in json.loads(rows["a"]["receipt"])
    assert json.loads(done.decision_files["manifest"].read_bytes())["learnt"] == [MEASURED.sentence]
    served = read_decided(done.snapshot, 3)
    found = served.effects.of("survey", "mail")
    assert found.margin.tolist() == [2.0]


def test_what_was_learnt_makes_another_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    shop = shop_with(tmp_path, DECIDING)
    before = json.loads(night(shop).decision_files["manifest"].read_bytes())["run_key"]
    monkeypatch.setattr(nightly, "learnt_effects", lambda *_: (MEASURED,))
    assert json.loads(night(shop).decision_files["manifest"].read_bytes())["run_key"] != before


def uplift_model() -> ReleasedModel:
    """A survey brings 4.00 to whom it asks and vouchers are told to change nothing, in so narrow an interval."""
    told = {"survey": (4.0, 3.0, 5.0), "voucher": (0.0, -0.01, 0.01)}
    parts = (("margin_uplift_", 1.0), ("order_uplift_", 0.1))
    heads = tuple(
        Head(f"{prefix}{name}", "plain", intercept=value * scale)
        for name, (value, *_) in told.items()
        for prefix, scale in parts
    )
    spreads = {
        head.name: Spread(head.name, (), (0.025, 0.975), (tuple(told[head.name.rpartition("_")[2]][1:]),))
        for head in heads
    }
    model = replace(rule_model().model, task="uplift", heads=heads, spreads=spreads)
    return ReleasedModel(model, "7")


def test_the_night_decides_by_the_models_effects_and_the_call_goes_on_with_them(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    shop = shop_with(tmp_path)
    models = {"churn": rule_model(), "uplift": uplift_model()}
    done = nightly.run(shop, CUTOFF, models, home.scores(shop, CUTOFF), serve=True)
    row = {one["customer_id"]: one for one in pq.read_table(done.decision_files["parquet"]).to_pylist()}["a"]
    assert (row["action"], row["expected_net_value"], row["version_uplift"]) == ("survey", pytest.approx(4.0), "7")
    assert (row["uplift"], row["uplift_low"]) == (pytest.approx(0.4), pytest.approx(0.4))
    assert json.loads(row["receipt"]) == {"removed": {"voucher": "no_value", "news": "stage"}, "prices": {}}
    assert "uplift" not in {name.split("_")[0] for name in pq.read_table(done.files["parquet"]).column_names}
    served = read_decided(done.snapshot, 3)
    assert served.told == {"survey": 1.0}  # without a value at stake nobody knows what was hoped of vouchers
    assert served.effects_for(done.batch.answers).of("survey", "mail").margin.tolist() == [4.0] * 3
    assert served.effects_for({}).of("survey", "mail") is None
