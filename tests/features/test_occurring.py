"""Which values of a column features are made for."""

from datetime import datetime, timedelta

from features.occurring import occurring
from tests.shops import make_shop

UNTIL = datetime(2026, 6, 1)


def _shop(folder, channels):
    start = datetime(2026, 1, 1)
    return make_shop(
        folder,
        orders=[
            {
                "order_id": str(n),
                "customer_id": "a",
                "happened_at": start + timedelta(hours=n),
                "amount": 1,
                "channel": at,
            }
            for n, at in enumerate(channels)
        ],
    )


def test_the_most_frequent_goes_first_and_of_two_the_earlier_whatever_their_names(tmp_path):
    shop = _shop(tmp_path, ["z", "a", "m", "m", "a", "z", "b", "m", "", None])
    assert occurring(shop, "orders.channel", UNTIL) == ("m", "z", "a", "b")


def test_a_rare_one_and_one_known_too_late_are_left_out(tmp_path):
    shop = _shop(tmp_path, ["web"] * 399 + ["till"] + ["pos"] * 2)
    assert occurring(shop, "orders.channel", UNTIL) == ("web",)
    assert occurring(shop, "orders.channel", datetime(2026, 1, 1)) == ()


def test_no_more_than_sixty_four(tmp_path):
    shop = _shop(tmp_path, [f"touch {n}" for n in range(70)])
    assert occurring(shop, "orders.channel", UNTIL) == tuple(f"touch {n}" for n in range(64))


def test_a_table_that_is_not_there_has_none(tmp_path):
    assert occurring(_shop(tmp_path, ["web"]), "messages.channel", UNTIL) == ()
