"""Promises and deliveries that cannot be are named with a count; their rows stay; headers of exports are known."""

from datetime import datetime

import pytest

from tests.features.ingest.exports import opened, rows
from tests.features.ingest.guessing.drafts import by_order, customer_of, day_of, drafted, table, total_of

TOLD = ("order_id", "customer_id", "happened_at", "amount", "promised_at", "delivered_at")


def order(number, promised="2020-01-09", came="2020-01-08 15:00"):
    return f"{number},c{number},2020-01-06 10:00,5.00,{promised},{came}"


def findings(tmp_path, *lines):
    shop = opened(tmp_path, orders__csv="\n".join([",".join(TOLD), *map(order, range(10)), *lines]) + "\n")
    assert shop.rows["orders"] == 10 + len(lines)
    return [finding.sentence for finding in shop.findings]


def test_sound_deliveries_are_not_suspected(tmp_path):
    same_day = order(20, "2020-01-06", "2020-01-06")
    assert findings(tmp_path, same_day, order(21, "", ""), order(22, "2199-01-01", "")) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (order(20, "2020-01-05"), "column 'promised_at': 1 row with a promise for a day before the order"),
        (order(20, came="2020-01-05 23:00"), "column 'delivered_at': 1 row with a delivery on a day before the order"),
        (order(20, came="2199-01-01"), "column 'delivered_at': 1 row with a delivery in the future"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, line, said):
    (sentence,) = findings(tmp_path, line)
    assert said in sentence and sentence.endswith("for example 20.")


def test_an_order_has_arrived_when_its_last_line_has(tmp_path):
    lines = ["1,a,2020-01-06,5,2020-01-08,2020-01-07", "1,a,2020-01-06,5,2020-01-09,2020-01-10",
             "2,b,2020-01-06,5,2020-01-08,2020-01-07", "2,b,2020-01-06,5,2020-01-09,"]  # fmt: skip
    toml = '[orders]\nsource = "orders.csv"\ngroup = ["order_id"]\n'
    shop = opened(tmp_path, orders__csv="\n".join([",".join(TOLD), *lines]) + "\n", shop__toml=toml)
    told = {row["order_id"]: (row["promised_at"], row["delivered_at"]) for row in rows(shop)}
    assert told == {"1": (datetime(2020, 1, 9), datetime(2020, 1, 10)), "2": (datetime(2020, 1, 9), None)}


@pytest.mark.parametrize(
    ("promised", "delivered"),
    [
        ("order_estimated_delivery_date", "order_delivered_customer_date"),
        ("Promised Date", "Delivered At"),
        ("Previsão de entrega", "Entregue em"),
        ("Voraussichtliches Lieferdatum", "Zugestellt am"),
        ("预计送达时间", "签收时间"),
        ("お届け予定日", "配達完了日"),
        ("Плановая дата доставки", "Дата вручения"),
    ],
)
def test_headers_of_exports_are_known(tmp_path, promised, delivered):
    header = ("order_id", "customer_id", "date", "total", promised, delivered)
    text = by_order(header, lambda n: (n, customer_of(n), day_of(n), total_of(n), "2026-01-02", "2026-01-03 10:00"))
    said, shop = drafted(tmp_path, text)
    assert f'promised_at = "{promised}"' in said and f'delivered_at = "{delivered}"' in said
    assert {row["delivered_at"] for row in rows(shop)} == {datetime(2026, 1, 3, 10)}


def test_a_date_of_delivery_that_may_be_planned_or_actual_is_not_taken(tmp_path):
    text = table(("order_id", "customer_id", "date", "total", "delivery_date"),
                 *((n, customer_of(n), day_of(n), total_of(n), "2026-01-02") for n in range(60)))  # fmt: skip
    said, shop = drafted(tmp_path, text)
    assert "not used: delivery_date" in said
    assert {"promised_at", "delivered_at"}.isdisjoint(shop.present["orders"])
