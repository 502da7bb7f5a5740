"""Names of channels the field knows, and the one that stands for them all."""

from collections.abc import Iterable

ALL = "all"
_OUTREACH = ("call", "email", "mail", "push", "sms", "wechat")
_SALES = ("app", "community", "live", "marketplace", "mini_program", "social", "store", "web")


def channels_of(shop: Iterable[str]) -> list[str]:
    """What a consent may name: the shop's channels, those the field knows, and `all`."""
    return [*sorted({*shop, *_OUTREACH, *_SALES} - {ALL}), ALL]
