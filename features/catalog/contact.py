"""Contact channels: how often each was used for a customer, and how well it was answered."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from features.feature import Feature, feature, ratio

CHANNELS = ("email", "sms", "push", "wechat", "mail", "call")


def _named(name: str, about: str, body: Callable[[ir.Table], ir.Value]) -> Callable[[ir.Table], ir.Value]:
    body.__name__, body.__doc__ = name, about
    return body


def _messages(channel: str) -> Feature:
    def count(messages: ir.Table) -> ir.Value:
        return messages.count(where=messages.channel == channel)

    about = f"Messages sent by {channel}. None sent means 0."
    declare = feature(table="messages", windows=("90d", "365d"), unit="messages", empty=0)
    return declare(_named(f"{channel}_messages", about, count))


def _response_rate(channel: str) -> Feature:
    def rate(sends: ir.Table) -> ir.Value:
        through = sends.channel == channel
        one, ten = ibis.literal(1, "int64"), ibis.literal(10, "int64")
        return ratio(sends.count(where=through & sends.answered) + one, sends.count(where=through) + ten)

    about = (
        f"Share of messages by {channel} that a person opened, clicked or converted on, smoothed as if ten more "
        "had been sent and one answered. None sent means 0.1."
    )
    declare = feature(table="sends", windows=("365d",), unit="share", empty=0.1)
    return declare(_named(f"{channel}_response_rate", about, rate))


BY_CHANNEL = tuple(declared for channel in CHANNELS for declared in (_messages(channel), _response_rate(channel)))
