"""Contact channels: how often each was used for a customer, and how well it was answered."""

import ibis
import ibis.expr.types as ir

from features.feature import feature, ratio


@feature(table="messages", windows=("90d", "365d", "all"), unit="messages", empty=0, per="channel")
def channel_messages(messages: ir.Table, value: str) -> ir.Value:
    """Messages sent by {channel}. None sent means 0."""
    return messages.count(where=messages.channel == value)


@feature(table="sends", windows=("365d", "all"), unit="share", empty=0.1, per="channel")
def channel_response_rate(sends: ir.Table, value: str) -> ir.Value:
    """Share of messages by {channel} that a person opened, clicked or converted on. None sent means 0.1.

    Smoothed as if ten more had been sent and one answered.
    """
    through = sends.channel == value
    one, ten = ibis.literal(1, "int64"), ibis.literal(10, "int64")
    return ratio(sends.count(where=through & sends.answered) + one, sends.count(where=through) + ten)
