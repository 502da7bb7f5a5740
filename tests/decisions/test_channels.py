"""Channels as they travel."""

import json
from datetime import time
from decimal import Decimal

import pytest

from decisions.channels import Channel, channel_of

STATED = Channel(True, "existing customers", Decimal("0.020"), (time(21), time(9, 30)), ("phone",))


@pytest.mark.parametrize("channel", [Channel(), STATED])
def test_a_channel_is_the_same_after_its_journey_as_json(channel):
    assert channel_of(json.loads(json.dumps(channel.to_plain()))) == channel
