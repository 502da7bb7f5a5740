"""Messages go out at the customer's hour, never in a channel's quiet ones, and a decision has an end."""

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from decisions.allowed.channels import ChannelRules
from decisions.allowed.moments import expires_at, send_at
from decisions.worth.money import money

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 1, 14, 30, tzinfo=ZONE)
CHAT = ChannelRules(online=True, quiet=(time(21), time(9)))


@pytest.mark.parametrize(
    ("hour", "at"),
    [(19, "06-01T19"), (14, "06-02T14"), (3, "06-02T09"), (23, "06-01T20"), (None, "06-02T10")],
)
def test_messages_go_out_at_the_best_hour_that_is_not_quiet(hour, at):
    assert send_at(NOW, None, hour, CHAT).isoformat(timespec="hours").startswith(f"2026-{at}")


@pytest.mark.parametrize(("monday", "tuesday", "at"), [(19, 11, "06-01T19"), (14, 11, "06-02T11"), (14, 3, "06-02T09")])
def test_the_hour_is_that_of_the_day_of_sending(monday, tuesday, at):
    hours = (monday, tuesday, *[17] * 5)
    assert NOW.weekday() == 0
    assert send_at(NOW, hours, 8, CHAT).isoformat(timespec="hours").startswith(f"2026-{at}")


@pytest.mark.parametrize("hour", range(24))
def test_no_hour_is_quiet_whatever_the_channel_says(hour):
    for quiet in ((time(21), time(9)), (time(12), time(14)), (time(0), time(23))):
        channel = ChannelRules(online=True, quiet=quiet)
        assert send_at(NOW, None, hour, channel).hour in channel.hours


def test_a_decision_lasts_seven_days_from_the_day_that_ends_with_its_cutoff():
    assert expires_at(datetime(2026, 6, 2)) == datetime(2026, 6, 8)


@pytest.mark.parametrize(("amount", "shown"), [(84.2, "84.20"), (-0.001, "0.00"), (Decimal("8"), "8.00")])
def test_money_is_an_exact_decimal_of_two_places(amount, shown):
    assert money(amount) == shown
