from datetime import datetime

import pytest

from features.build.explain import explain
from features.errors import FeatureError
from tests.shops import make_shop

JUNE = datetime(2026, 6, 1)


@pytest.fixture
def shop(tmp_path):
    def order(number, day, **more):
        return {"order_id": number, "customer_id": "a", "happened_at": day, "amount": 10} | more

    return make_shop(
        tmp_path,
        orders=[
            order("too old", datetime(2026, 3, 1)),
            order("counts", datetime(2026, 5, 1, 9)),
            order("back", datetime(2026, 5, 10), amount=-4, known_at=datetime(2026, 5, 12)),
            order("late", datetime(2026, 5, 20), known_at=datetime(2026, 6, 1)),
            order("last", datetime(2026, 5, 30)),
            order("other", datetime(2026, 5, 30), customer_id="b"),
        ],
    )


def test_it_shows_the_rows_that_made_the_number(shop):
    told = explain(shop, "spend_90d", "a", JUNE)
    assert told.value == 16
    assert told.rows["order_id"].to_pylist() == ["counts", "back", "last"]
    assert told.rows.column_names == ["customer_id", "order_id", "happened_at", "known_at", "amount"]


def test_it_leaves_out_rows_the_feature_does_not_take_in(shop):
    assert explain(shop, "orders_90d", "a", JUNE).rows["order_id"].to_pylist() == ["counts", "last"]


def test_it_shows_the_rows_of_a_view(shop):
    told = explain(shop, "gap_max_365d", "a", JUNE)
    assert told.value == 61
    assert told.rows["gap_days"].to_pylist() == [None, 61, 29]


def test_it_shows_rows_of_linked_records(tmp_path):
    records = [("web-1", "w", 1), ("shop-9", "s", 5)]
    shop = make_shop(
        tmp_path,
        orders=[
            {"order_id": number, "customer_id": record, "happened_at": datetime(2026, 5, day), "amount": 7}
            for record, number, day in records
        ],
        identities=[
            {
                "source": "test-shop",
                "source_customer_id": record,
                "kind": "email",
                "value": "hashed",
                "happened_at": datetime(2026, 5, day),
            }
            for record, _, day in records
        ],
    )
    told = explain(shop, "spend_90d", "web-1", JUNE)
    assert told.value == 14
    assert told.rows["customer_id"].to_pylist() == ["web-1", "shop-9"]


def test_a_customer_without_rows_has_the_empty_value_and_no_rows(shop):
    told = explain(shop, "orders_30d", "nobody", JUNE)
    assert (told.value, told.rows.num_rows) == (0, 0)


def test_what_the_shop_lacks_is_named(shop):
    with pytest.raises(FeatureError, match=r"'discount_share_90d' needs orders\.discount, which shop 'test-shop'"):
        explain(shop, "discount_share_90d", "a", JUNE)
