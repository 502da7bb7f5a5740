"""Contact channels: how often each was used for a customer, and how well it was answered."""

import ibis.expr.types as ir

from features.feature import feature


@feature(table="messages", windows=("90d", "365d", "all"), unit="messages", empty=0, per="channel")
def channel_messages(messages: ir.Table, value: str) -> ir.Value:
    """Messages sent by {channel}. None sent means 0."""
    return messages.count(where=messages.channel == value)


@feature(table="sends", windows=("365d", "all"), unit="messages", empty=0, per="channel")
def channel_answers(sends: ir.Table, value: str) -> ir.Value:
    """Messages by {channel} that a person opened, clicked or converted on. None sent means 0."""
    return sends.count(where=(sends.channel == value) & sends.answered)
