"""The table `decisions`: nights, calls and the shop's own exports, each decision once; uplift learns from it."""

import json
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import opened
from operations import home
from operations.deciding.decided import with_decisions
from tests.shops import make_shop

UNTIL = datetime(2026, 6, 1)
NIGHT = datetime(2026, 5, 1)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    theirs = [{"decision_id": number, "customer_id": "a", "happened_at": at, "action": "call", "propensity": 0.5}
              for number, at in (("n1", NIGHT), ("t1", NIGHT), ("late", UNTIL + timedelta(days=1)))]  # fmt: skip
    orders = [{"order_id": "o", "customer_id": "a", "happened_at": NIGHT, "amount": 1}]
    return make_shop(tmp_path, orders=orders, decisions=theirs)


def write_night(shop, cutoff, **columns):
    rows = {"decision_id": ["n1", "n2"], "customer_id": ["a", "b"], "action": ["voucher", "leave_alone"],
            "channel": ["mail", None], "arm": ["policy", "explore"], "propensity": [0.9, 0.1], "cost": [0.123456, 0.0],
            "as_of": pa.array([cutoff] * 2, pa.timestamp("us")), "version_churn": ["3", "3"], **columns}  # fmt: skip
    path = home.decisions(shop, cutoff)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(rows), path)


def archived(shop, *rows):
    path = home.archive(shop) / "decisions-000000000001-000000000002.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"row": [json.dumps(row) for row in rows]}), path)


def merged(shop):
    with opened(None) as engine, with_decisions(shop, UNTIL, engine) as whole:
        assert whole.path("orders").is_file()
        return {row["decision_id"]: row for row in pq.read_table(whole.path("decisions")).to_pylist()}


def test_a_shop_that_decided_nothing_keeps_its_own_table(shop):
    with opened(None) as engine, with_decisions(shop, UNTIL, engine) as whole:
        assert whole is shop


def test_nights_come_before_what_exports_repeat(shop):
    write_night(shop, NIGHT)
    rows = merged(shop)
    assert sorted(rows) == ["n1", "n2", "t1"]
    one = rows["n1"]
    assert (one["action"], one["happened_at"], one["known_at"]) == ("voucher", NIGHT, NIGHT)
    assert (str(one["cost"]), json.loads(one["model_versions"])) == ("0.1235", {"churn": "3"})
    assert rows["t1"]["action"] == "call"


def test_calls_count_once_also_those_that_were_archived(shop):
    write_night(shop, NIGHT)
    call = {"customer_id": "c", "decided_at": "2026-05-03T10:15:00.250+08:00", "decision_id": "k1", "action": "voucher",
            "channel": "mail", "cause": None, "arm": "policy", "propensity": 0.8, "expected_net_value": 2.0,
            "model_versions": {"churn": "3"}, "receipt": {"removed": {}, "prices": {}}}  # fmt: skip
    archived(shop, call, {**call, "decision_id": "n1"}, {**call, "decision_id": None})
    rows = merged(shop)
    assert sorted(rows) == ["k1", "n1", "n2", "t1"]
    assert rows["k1"]["happened_at"] == datetime(2026, 5, 3, 10, 15, 0, 250_000)
    assert json.loads(rows["k1"]["receipt"]) == {"removed": {}, "prices": {}}


def test_a_folder_of_its_own_that_is_gone_afterwards(shop):
    write_night(shop, NIGHT)
    with opened(None) as engine, with_decisions(shop, UNTIL, engine) as whole:
        folder = whole.data
    assert not folder.exists() and folder != shop.data
