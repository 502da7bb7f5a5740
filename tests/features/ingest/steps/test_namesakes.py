"""(source, customer_id) is who a row is of: two systems that number their customers from 1 do not share them."""

from datetime import datetime

from features.build.build import build
from features.catalog import pick
from features.engine import DuckDB
from features.identity.resolve import resolve
from features.spine import Spine
from tests.features.ingest.exports import opened, rows

TILL = "order_id,customer_id,happened_at,amount,source\n"
WEB_AND_TILL = TILL + "w1,7,2026-01-01,10,web\nw2,8,2026-01-02,20,web\nt1,7,2026-02-01,5,till\nt2,9,2026-02-02,3,till\n"
TICKETS = "ticket_id,customer_id,happened_at\nk1,7,2026-02-03\nk2,9,2026-02-03\n"
MARKS = """source,source_customer_id,kind,value,happened_at
web,8,email,a@x.org,2026-01-02
till,7,email,a@x.org,2026-02-01
"""
LATER = datetime(2026, 3, 1)


def customers(shop, table="orders", key="order_id"):
    return {row[key]: row["customer_id"] for row in rows(shop, table)}


def test_an_id_of_two_systems_is_two_customers(tmp_path):
    shop = opened(tmp_path, orders__csv=WEB_AND_TILL, order_lines__csv="order_id,product_id\nt1,p\nw1,p\n")
    assert customers(shop) == {"w1": "7", "w2": "8", "t1": "till:7", "t2": "9"}
    assert customers(shop, "order_lines") == {"w1": "7", "t1": "till:7"}
    (finding,) = [one for one in shop.findings if one.table == "orders"]
    assert (finding.column, finding.count, finding.example, finding.severity) == ("customer_id", 1, "till:7", "warning")
    columns = pick(["spend_365d"])
    built = build(shop, Spine.of(["7", "till:7"], [LATER]), columns)
    assert dict(zip(built["customer_id"].to_pylist(), built["spend_365d"].to_pylist(), strict=True)) == {
        "7": 10.0,
        "till:7": 5.0,
    }


def test_marks_meet_the_record_of_their_own_system(tmp_path):
    shop = opened(tmp_path, orders__csv=WEB_AND_TILL, identities__csv=MARKS)
    engine = DuckDB(threads=1)
    found = engine.arrow(resolve(shop, [LATER], engine).members)
    members = dict(zip(found["customer_id"].to_pylist(), found["person_id"].to_pylist(), strict=True))
    assert members == {"8": "8", "till:7": "8"}


def test_a_further_system_leaves_earlier_ids_as_they_were(tmp_path):
    before = customers(opened(tmp_path / "before", orders__csv=WEB_AND_TILL))
    more = WEB_AND_TILL + "a1,7,2026-02-20,1,app\na2,8,2026-02-20,1,app\na3,9,2026-02-20,1,app\n"
    after = customers(opened(tmp_path / "after", orders__csv=more))
    assert {order: after[order] for order in before} == before
    assert [after[order] for order in ("a1", "a2", "a3")] == ["app:7", "app:8", "app:9"]


def test_a_row_without_a_source_goes_with_the_id_as_it_is(tmp_path):
    shop = opened(tmp_path, orders__csv=WEB_AND_TILL, tickets__csv=TICKETS)
    assert customers(shop, "tickets", "ticket_id") == {"k1": "7", "k2": "9"}


def test_orders_without_a_number_at_one_moment_are_two_where_their_systems_are(tmp_path):
    text = "customer_id,happened_at,amount,source\n7,2026-01-01 10:00,1,web\n7,2026-01-01 10:00,2,till\n"
    shop = opened(tmp_path, orders__csv=text)
    assert sorted((row["customer_id"], float(row["amount"])) for row in rows(shop)) == [("7", 2.0), ("web:7", 1.0)]
