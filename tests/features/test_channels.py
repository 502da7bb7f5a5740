"""Channels: what the field knows, and what it does not."""

from dataclasses import replace

from features.channels import Channels, default


def test_a_name_nobody_knows_is_neither_online_nor_offline_and_reached_by_marks_of_its_own_name():
    beacon = Channels()["Beacon"]
    assert (beacon.name, beacon.online, beacon.contact, beacon.cost) == ("Beacon", None, None, None)
    assert beacon.reached_by == ("beacon",)


def test_what_a_shop_states_goes_before_what_the_field_knows():
    shop = Channels({"web": replace(default("web"), online=False), "beacon": replace(default("beacon"), online=True)})
    assert "web" not in shop.online and "beacon" in shop.online and "app" in shop.online
    assert shop.reached_by("beacon") == ("beacon",)
    assert shop.contact == {}
