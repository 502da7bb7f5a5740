"""What was delivered before counts once, whichever way it came, and the row known first stays."""

import pytest

from features.tables import SAME, TABLES
from tests.features.ingest.exports import lines, opened, rows

MESSAGES = "message_id,customer_id,happened_at,channel\nm1,c1,2020-01-03 09:00,email\n"
RESPONSES = "message_id,kind,happened_at,known_at,item\n"


@pytest.mark.parametrize("name", SAME)
def test_the_columns_that_tell_are_columns_of_the_table(name):
    for columns in SAME[name].values():
        assert all(TABLES[name].takes(column) for column in columns)


def test_a_second_click_is_a_duplicate_and_another_item_is_not(tmp_path):
    told = [
        "m1,click,2020-01-04 10:00:02,2020-01-05,",
        "m1,click,2020-01-04 10:00:00,2020-01-04 12:00,",
        "m1,click,2020-01-04 10:00:00,2020-01-04 12:00,coupon",
        "m1,open,2020-01-04 09:00:00,2020-01-04 12:00,",
    ]
    text = RESPONSES + "\n".join(told) + "\n"
    shop = opened(tmp_path, orders__csv=lines(20), messages__csv=MESSAGES, responses__csv=text)
    kept = sorted((one["kind"], str(one["item"]), str(one["happened_at"])) for one in rows(shop, "responses"))
    assert kept == [
        ("click", "None", "2020-01-04 10:00:00"),
        ("click", "coupon", "2020-01-04 10:00:00"),
        ("open", "None", "2020-01-04 09:00:00"),
    ]


def test_partial_returns_under_one_order_number_stay_and_one_told_twice_does_not(tmp_path):
    head = "order_id,customer_id,happened_at,amount,kind,known_at\n"
    told = [
        "o1,c1,2020-01-01,30,order,2020-01-01",
        "o1,c1,2020-01-05,-5,return,2020-01-05",
        "o1,c1,2020-01-06,-7,return,2020-01-06",
        "o1,c1,2020-01-06,-7,return,2020-01-09",
    ]
    shop = opened(tmp_path, orders__csv=head + "\n".join(told) + "\n")
    kept = sorted((str(one["known_at"])[:10], float(one["amount"])) for one in rows(shop))
    assert kept == [("2020-01-01", 30.0), ("2020-01-05", -5.0), ("2020-01-06", -7.0)]


def test_guests_at_one_moment_are_not_taken_for_one(tmp_path):
    head = "customer_id,happened_at,channel,kind,product_id,dwell_seconds\n"
    told = [
        f"{who},2020-01-03 09:00,web,view,p1,{seconds}" for who, seconds in (("", 1), ("", 2), ("c1", 1), ("c1", 2))
    ]
    shop = opened(tmp_path, orders__csv=lines(20), touchpoints__csv=head + "\n".join(told) + "\n")
    assert sorted(str(one["customer_id"]) for one in rows(shop, "touchpoints")) == ["None", "None", "c1"]
