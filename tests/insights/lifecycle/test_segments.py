"""RFM cuts at the shop's own medians; what records state is taken from the latest."""

from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from insights.known import known_shop
from insights.lifecycle.segments import RFM, rfm, stated
from tests.insights.kpi_shop import drawn
from tests.shops import make_shop

AT = datetime(2026, 5, 1)


def plainly(orders: list[dict[str, Any]]) -> dict[str, str]:
    """Each person's segment by loops over the year's orders."""
    people: dict[str, list[dict[str, Any]]] = {}
    for row in orders:
        if row["customer_id"] and max(row["happened_at"], row["known_at"]) < AT:
            people.setdefault(row["customer_id"], []).append(row)
    bought = {who: [row for row in rows if row["amount"] >= 0] for who, rows in people.items()}
    silence = {
        who: (AT.date() - max(r["happened_at"] for r in rows).date()).days for who, rows in bought.items() if rows
    }
    often = {who: len(bought[who]) for who in silence}
    spent = {who: sum(row["amount"] for row in people[who]) for who in silence}
    cuts = [median(values.values()) for values in (silence, often, spent)]
    named = {}
    for who in silence:
        lately, many, much = silence[who] <= cuts[0], often[who] > cuts[1], spent[who] > cuts[2]
        if lately:
            named[who] = {(1, 1): "best", (1, 0): "loyal_small", (0, 1): "big_rare", (0, 0): "fresh"}[many, much]
        else:
            named[who] = "slipping" if many or much else "asleep"
    return named


def test_rfm_is_that_of_a_plain_loop(tmp_path: Path) -> None:
    tables = drawn(2)
    with known_shop(make_shop(tmp_path, orders=tables["orders"]), AT) as known:
        found = {row["customer_id"]: row["segment"] for row in rfm(known).to_pylist()}
    assert found == plainly(tables["orders"])
    assert set(found.values()) == set(RFM)


def test_nobody_ordered_in_the_year(tmp_path: Path) -> None:
    old = [{"order_id": "1", "customer_id": "a", "happened_at": AT - timedelta(days=400), "amount": 1}]
    with known_shop(make_shop(tmp_path, orders=old), AT) as known:
        assert rfm(known).num_rows == 0


def test_the_latest_record_known_counts(tmp_path: Path) -> None:
    records = [
        {"customer_id": "a", "region": "north", "birth_year": 1990, "known_at": AT - timedelta(days=9)},
        {"customer_id": "a", "region": "south", "birth_year": 1990, "known_at": AT - timedelta(days=5)},
        {"customer_id": "a", "region": "west", "birth_year": 1990, "known_at": AT + timedelta(days=5)},
        {"customer_id": "b", "region": None, "birth_year": 1950, "known_at": AT - timedelta(days=5)},
    ]
    orders = [{"order_id": "1", "customer_id": "a", "happened_at": AT - timedelta(days=4), "amount": 1}]
    with known_shop(make_shop(tmp_path, orders=orders, customers=records), AT) as known:
        region, age, gender = (stated(known, name) for name in ("region", "age", "gender"))
    assert region is not None and age is not None and gender is None
    assert region.to_pylist() == [{"customer_id": "a", "segment": "south"}]
    assert [row["segment"] for row in age.to_pylist()] == ["35–44", "65+"]
