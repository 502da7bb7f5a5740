"""Channels as they travel."""

import json
from datetime import time
from decimal import Decimal

import pytest

from decisions.allowed.channels import ChannelRules, channel_of

STATED = ChannelRules(True, "existing customers", Decimal("0.020"), (time(21), time(9, 30)), ("phone",))


@pytest.mark.parametrize("channel", [ChannelRules(), STATED])
def test_a_channel_is_the_same_after_its_journey_as_json(channel):
    assert channel_of(json.loads(json.dumps(channel.to_plain()))) == channel


@pytest.mark.parametrize(
    "channel, hours",
    [
        (ChannelRules(True, quiet=(time(21), time(9))), range(9, 21)),
        (ChannelRules(None, quiet=(time(20, 30), time(9, 30))), range(10, 21)),
        (ChannelRules(True, quiet=(time(12), time(14))), [*range(12), *range(14, 24)]),
        (ChannelRules(True, quiet=None), range(24)),
        (ChannelRules(False, quiet=None), []),  # letters
    ],
)
def test_a_channel_sends_outside_its_quiet_hours_and_letters_know_none(channel, hours):
    assert list(channel.hours) == list(hours)
