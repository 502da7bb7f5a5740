"""Features made for each value of a column: which ones a shop has, what they are called, and what they say."""

from dataclasses import replace
from datetime import datetime

import pytest

from features.build.build import build
from features.catalog import catalogue, columns_for, features, fillable_of, pick
from features.channels import Channels, default
from features.errors import FeatureError
from features.feature import feature
from features.shop import ShopSettings
from features.spine import Spine
from tests.shops import make_shop

UNTIL = datetime(2026, 6, 1)
PER = [one for one in features() if one.per]


def _at(number, day, **row):
    key = "message_id" if "kind" not in row and "amount" not in row else "order_id"
    return {key: str(number), "customer_id": "a", "happened_at": datetime(2026, 5, day, number % 24), **row}


def _shop(folder, channels=("pos", "WhatsApp Shop", "微信"), **more):
    orders = [_at(number, 3, amount=5, channel=one) for number, one in enumerate(channels)]
    return make_shop(folder, orders=orders, **more)


def _names(columns):
    return [column.name for column in columns if column.feature.per]


def test_each_channel_that_occurs_has_its_columns_and_no_other(tmp_path):
    assert _names(columns_for(_shop(tmp_path), UNTIL)) == [
        "pos_orders_365d", "-whats-app-020--shop_orders_365d", "微信_orders_365d"
    ]  # fmt: skip


def test_a_shop_with_mail_alone_has_columns_of_mail_alone(tmp_path):
    messages = [_at(1, 4, channel="mail")]
    responses = [{"message_id": "1", "kind": "convert", "happened_at": datetime(2026, 5, 5)}]
    shop = _shop(tmp_path, (None,), messages=messages, responses=responses)
    names = _names(columns_for(shop, UNTIL))
    assert names and all(name.startswith("mail_") for name in names)


def test_names_that_fold_to_one_stay_two(tmp_path):
    shop = _shop(tmp_path, ("Web", "web", "WEB", "web"))
    columns = columns_for(shop, UNTIL)
    made = _names(columns)
    assert len({name.casefold() for name in made}) == 3
    row = build(shop, Spine.of(["a"], [UNTIL]), columns).to_pylist()[0]
    assert sorted(row[name] for name in made) == [1, 1, 2]
    assert row["web_orders_365d"] == 2


def test_a_name_alone_is_enough_to_ask_for_it_again(tmp_path):
    every = columns_for(_shop(tmp_path), UNTIL)
    again = pick([column.name for column in every])
    assert [one.fingerprint for one in again] == [one.fingerprint for one in every]
    assert again[-1].name == every[-1].name


def test_what_was_learnt_of_a_channel_that_vanished_is_still_answered_and_a_new_one_is_not_asked(tmp_path):
    shop = _shop(tmp_path, ("web", "new"))
    columns = fillable_of(shop, {"web_orders_365d", "gone_orders_365d", "orders"})
    assert sorted(column.name for column in columns) == ["gone_orders_365d", "orders", "web_orders_365d"]
    row = build(shop, Spine.of(["a"], [UNTIL]), columns).to_pylist()[0]
    assert (row["gone_orders_365d"], row["web_orders_365d"]) == (0, 1)


def test_columns_stand_in_one_order_whatever_the_order_of_the_names(tmp_path):
    """A set of names has another order in every process: features that were kept would not be found again."""
    shop = _shop(tmp_path, ("web", "new", "store"))
    names = ["web_orders_365d", "new_orders_365d", "gone_orders_365d", "store_orders_365d", "orders"]
    wanted = fillable_of(shop, names)
    assert [fillable_of(shop, names[::-1]), fillable_of(shop, names[2:] + names[:2])] == [wanted, wanted]


def test_the_value_is_part_of_the_fingerprint():
    columns = catalogue({"orders.channel": ("a", "b")})
    assert len({column.fingerprint for column in columns}) == len(columns)


def test_no_feature_is_called_as_one_made_per_value_could_be():
    """A channel may have any name: "late" must not make "late_orders" mean two things."""
    endings = [one.name.removeprefix(str(one.per)) for one in PER]
    plain = [one.name for one in features() if not one.per]
    assert not [(name, ending) for name in plain for ending in endings if name.endswith(ending)]
    assert not [(one, other) for one in endings for other in endings if one != other and one.endswith(other)]
    assert len(set(endings)) == len(endings)


def test_a_name_that_does_not_begin_with_its_column_is_refused():
    with pytest.raises(FeatureError, match=r"does not begin with it\. Call it channel_bought: each value takes"):

        @feature(table="orders", unit="orders", per="channel")
        def bought(orders, value):
            """Orders."""
            return orders.count()


def test_a_feature_made_per_value_cannot_be_asked_for_without_one():
    with pytest.raises(FeatureError, match="made for each channel: ask for the columns of a shop"):
        _ = PER[0].columns[0].expression


def test_what_is_online_is_what_the_shop_says(tmp_path):
    shop = _shop(tmp_path)
    assert not [column for column in columns_for(shop, UNTIL) if column.feature.asks_online]
    stated = Channels({"pos": replace(default("pos"), online=True)})
    told = replace(shop, settings=ShopSettings(channels=stated))
    columns = [column for column in columns_for(told, UNTIL) if column.name == "online_share_365d"]
    row = build(told, Spine.of(["a"], [UNTIL]), columns).to_pylist()[0]
    assert row["online_share_365d"] == pytest.approx(1 / 3)
    (usual,) = pick(["online_share_365d"])
    assert pick(["online_share_365d"], told)[0].fingerprint == columns[0].fingerprint != usual.fingerprint
