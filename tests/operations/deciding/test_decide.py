"""The night decides for a small shop: files, keys, caps over several nights, and what is told of it."""

import csv
import itertools
import json
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from decisions.actions import PlanError
from features.shop import Shop, ShopSettings
from operations import home
from operations.deciding.rule_costs import rules_in_words
from operations.night import nightly
from operations.night.nightly import Night
from perennial.nights.deciding import decision_of, receipt_in_words
from scoring.errors import ServingError
from serving.snapshot.shelves import read_shelves
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model
from tests.shops import by_mail, make_shop

DECIDING = {
    "actions": {
        "voucher": {"cost": 0.5, "offer": {"code": "BACK8", "cost": 8.0}, "assumed_effect": 0.3, "cooldown": "30d"},
        "news": {"cost": 0.0, "stages": ["prospect"], "assumed_effect": 0.01},
        "survey": {"cost": 0.0},
    },
}


def shop_with(folder: Path, deciding: dict[str, object] = DECIDING, **more: object) -> Shop:
    made = corner_shop(folder)
    given = {"channels": by_mail(), "margin": 0.5, "holdout_share": 0.0, "deciding": deciding, **more}
    return Shop(**{**vars(made), "settings": ShopSettings(**given)})  # type: ignore[arg-type]


def night(shop: Shop, days: int = 0, **more: object) -> Night:
    cutoff = CUTOFF + timedelta(days=days)
    return nightly.run(shop, cutoff, {"churn": rule_model()}, home.scores(shop, cutoff), serve=True, **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))


def test_the_file_has_the_contracts_columns_and_a_row_for_everybody(tmp_path: Path) -> None:
    made = night(shop_with(tmp_path))
    table = pq.read_table(made.decision_files["parquet"])
    assert table.column_names == [
        *("customer_id", "decision_id", "action", "channel", "send_at", "offer_code", "cause", "stage"),
        *("expected_net_value", "uplift", "uplift_low", "uplift_high", "cost", "arm", "propensity"),
        *("version_churn", "version_next_purchase", "version_channel_preference", "version_uplift"),
        *("as_of", "expires_at", "receipt"),
    ]
    rows = {row["customer_id"]: row for row in table.to_pylist()}
    assert set(rows) == {"a", "b", "=c"}
    assert {row["action"] for row in rows.values()} == {"leave_alone"}  # without spend no value is known
    assert json.loads(rows["b"]["receipt"])["removed"] == {"voucher": "no_value", "news": "stage", "survey": "no_value"}
    assert json.loads(rows["=c"]["receipt"])["removed"]["voucher"] == "no_reach"
    assert rows["b"]["expires_at"] == "2026-06-07T00:00+00:00"
    with made.decision_files["csv"].open(newline="") as file:
        assert {row["customer_id"] for row in csv.DictReader(file)} == {"a", "b", "'=c"}


def test_the_same_run_gives_the_same_bytes_and_an_edited_budget_another_key(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    first = {kind: path.read_bytes() for kind, path in night(shop).decision_files.items()}
    assert {kind: path.read_bytes() for kind, path in night(shop).decision_files.items()} == first
    other = night(shop, budget=1.0)
    manifest, before = json.loads(other.decision_files["manifest"].read_bytes()), json.loads(first["manifest"])
    assert manifest["run_key"] != before["run_key"]
    assert (manifest["budget"], before["budget"]) == (1.0, None)
    assert manifest["spent"] <= 1.0
    ids = [pq.read_table(made.decision_files["parquet"])["decision_id"].to_pylist() for made in (night(shop), other)]
    assert ids[0] == ids[1]


def exploring(folder: Path, cooldown: str = "30d", **more: object) -> Shop:
    """Everybody who may be written to is dealt news or nothing."""
    news = {"cost": 1.0, "cooldown": cooldown}
    return shop_with(folder, {"actions": {"news": news}, "explore": {"share": 0.99}, **more})


def sent(shop: Shop, days: int) -> dict[str, str]:
    table = pq.read_table(night(shop, days).decision_files["parquet"])
    return dict(zip(table["customer_id"].to_pylist(), table["action"].to_pylist(), strict=True))


def test_a_decision_counts_against_cool_down_until_it_has_passed(tmp_path: Path) -> None:
    shop = exploring(tmp_path, cooldown="5d")
    days = {day: sent(shop, day) for day in range(12)}
    for who in ("a", "b"):
        acted = [day for day, actions in days.items() if actions[who] == "news"]
        assert acted, who
        assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(acted)), acted
    assert {actions["=c"] for actions in days.values()} == {"leave_alone"}


def test_caps_count_known_sends_and_decisions_that_have_not_expired(tmp_path: Path) -> None:
    """Each customer was sent one message 20 days ago; with 2 a month there is room for one decision at a time."""
    shop = exploring(tmp_path, cooldown="0d", caps={"month": 2})
    days = {day: sent(shop, day) for day in range(8)}
    for who in ("a", "b"):
        acted = [day for day, actions in days.items() if actions[who] == "news"]
        assert acted, who
        assert all(later - earlier >= 6 for earlier, later in itertools.pairwise(acted)), acted


def test_a_rerun_of_a_night_does_not_count_its_own_decisions(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    assert sent(shop, 0) == sent(shop, 0)


def test_an_action_that_cannot_be_stops_the_night_before_anything_is_written(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, {"actions": {"a": {"cost": 1.0, "never": ["open_casez"]}}})
    with pytest.raises(PlanError, match=r"\[actions.a\] never names 'open_casez', which is no feature"):
        night(shop)
    assert not (tmp_path / "home").exists()


def test_sends_withheld_on_purpose_are_no_contact(tmp_path: Path) -> None:
    shop = exploring(tmp_path, caps={"month": 1})
    assert night(shop).decided.customers.month_all.tolist() == [0, 1, 1]  # type: ignore[union-attr]
    messages = [
        {"message_id": who, "customer_id": who, "happened_at": ago(20), "channel": "mail", "arm": "control"}
        for who in "ab"
    ]
    other = corner_shop(tmp_path / "other", messages=messages)
    withheld = Shop(**{**vars(other), "settings": shop.settings})
    assert night(withheld).decided.customers.month_all.tolist() == [0, 0, 0]  # type: ignore[union-attr]


def test_a_decision_is_told_in_words(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    made = night(shop)
    acted = [row for row in pq.read_table(made.decision_files["parquet"]).to_pylist() if row["action"] == "news"]
    told = "\n".join(receipt_in_words(decision_of(shop, None, acted[0]["customer_id"]), shop))
    assert "given 'news' by mail at 2026-06-01T" in told
    assert "arm explore, chosen with probability 0.495" in told
    alone = "\n".join(receipt_in_words(decision_of(shop, CUTOFF, "=c"), shop))
    assert "not 'news': nobody may write to the customer on any channel (no_reach)" in alone
    assert rules_in_words(made.decided) == ()  # type: ignore[arg-type]


def test_nobody_decided_about_is_a_sentence(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    with pytest.raises(Exception, match=r"nothing was decided for 'corner-shop' yet\. Run: perennial decide"):
        decision_of(shop, None, "a")
    night(shop)
    with pytest.raises(Exception, match="has no decision about this customer"):
        decision_of(shop, None, "nobody")
    assert issubclass(PlanError, ServingError)


def test_the_snapshot_says_what_stores_have(tmp_path: Path) -> None:
    shop = shop_with(tmp_path)
    stores = [{"store_id": "S1", "latitude": 31.2, "longitude": 121.4}, {"store_id": "S2"}]
    levels = (("S1", "P1", 30, 4), ("S1", "P1", 3, 0), ("S1", "P2", 9, 2), ("S2", "P1", 5, 1), ("S2", "P3", 5, 0))
    stock = [
        {"store_id": store, "product_id": product, "happened_at": ago(days), "quantity": level}
        for store, product, days, level in levels
    ]
    more = make_shop(shop.data, stores=stores, stock=stock)
    whole = Shop(**{**vars(shop), "present": {**shop.present, **more.present}, "rows": {**shop.rows, **more.rows}})
    snapshot = night(whole).snapshot
    assert snapshot is not None
    read = read_shelves(snapshot)
    assert read is not None
    assert {one: [read.stores[at] for at in read.having(one)] for one in ("P1", "P2", "P3", "P4")} == {
        "P1": ["S2"], "P2": ["S1"], "P3": [], "P4": [],
    }  # fmt: skip
    assert read.distances(31.2, 121.4)[0] == 0
