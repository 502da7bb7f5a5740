"""When a message goes out and until when a decision may be acted on, in the shop's local time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from decisions.actions import DECISION_DAYS
from decisions.allowed.channels import ChannelRules

DEFAULT_HOUR = 10  # where nothing is known of the customer's own hours


def send_at(moment: datetime, hours: Sequence[int] | None, usual: int | None, channel: ChannelRules) -> datetime:
    """The first time after `moment` that it is the customer's best hour of that weekday, moved out of quiet hours.

    Parameters
    ----------
    hours : best local hour by weekday, Monday first; None where unknown, then `usual` counts, then 10 o'clock
    """
    day = moment
    while True:
        hour = hours[day.weekday()] if hours is not None else DEFAULT_HOUR if usual is None else usual
        at = out_of_quiet(day.replace(hour=hour, minute=0, second=0, microsecond=0), channel)
        if at > moment:
            return at
        day += timedelta(days=1)


def out_of_quiet(at: datetime, channel: ChannelRules) -> datetime:
    """The nearest hour of the same day at which the channel may send; the moment itself where it knows no hour."""
    if not channel.hours or at.hour in channel.hours:
        return at
    return at.replace(hour=min(channel.hours, key=lambda hour: (abs(hour - at.hour), hour)))


def expires_at(cutoff: datetime) -> datetime:
    """The end of a decision's days; the first of them is the day that ends with the cutoff."""
    return cutoff + timedelta(days=DECISION_DAYS - 1)
